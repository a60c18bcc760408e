-- Macros: the queue id comes into the log, and who logged in sends mail of ours.
local conn = connect()
good("macros", mt.macro(conn, SMFIC_CONNECT, "j", "mx.receiver.example", "{daemon_name}", "smtpd"))
good("client", mt.conninfo(conn, "mx.example.org", good_client))
good("macros", mt.macro(conn, SMFIC_MAIL, "i", "QUEUE1", "{mail_addr}", "alice@example.org"))
message(conn, "alice@example.org", genuine, { "one\r\n" })
check("accepted", reply(conn) == "c" or reply(conn) == "a")
check("judged as from outside", mt.eom_check(conn, MT_HDRINSERT, "Authentication-Results"))
-- The same over a login: nothing is verified.
good("macros", mt.macro(conn, SMFIC_MAIL, "i", "QUEUE2", "{auth_authen}", "alice", "{auth_type}", "PLAIN"))
message(conn, "alice@example.org", genuine, { "two\r\n" })
check("accepted", reply(conn) == "c" or reply(conn) == "a")
check("mail of ours", not mt.eom_check(conn, MT_HDRINSERT, "Authentication-Results"))
mt.disconnect(conn)
