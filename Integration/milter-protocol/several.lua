-- Several messages over one connection, some given up: each is judged for itself.
local conn = connect()
good("client", mt.conninfo(conn, "vps66.hosting.example", bad_client))
good("HELO", mt.helo(conn, "vps66.hosting.example"))
message(conn, "alice@example.org", genuine, { "one\r\n" })
check("a spoofed message is refused: " .. reply(conn), reply(conn) == "y")
check("nothing of it is changed", not mt.eom_check(conn, MT_HDRINSERT))

-- Given up behind RCPT, in the header, and in the body.
good("MAIL", mt.mailfrom(conn, "<a@example.org>"))
good("RCPT", mt.rcptto(conn, "<carol@receiver.example>"))
good("abort", mt.abort(conn))
good("MAIL", mt.mailfrom(conn, "<a@example.org>"))
field_lines(conn, genuine)
good("abort", mt.abort(conn))
good("MAIL", mt.mailfrom(conn, "<a@example.org>"))
field_lines(conn, genuine)
good("end of header", mt.eoh(conn))
good("body", mt.bodystring(conn, "half of it"))
good("abort", mt.abort(conn))

-- Example.net asks for nothing: the message goes through.
local fields = { { "From", "bob@example.net" }, { "To", "carol@receiver.example" } }
message(conn, "bounce@hosting.example", fields, { "two\r\n" })
check("the next is judged for itself: " .. reply(conn), reply(conn) == "c" or reply(conn) == "a")
local value = mt.getheader(conn, "Authentication-Results", 0)
check("its own author: " .. value, string.find(value, "header.from=example.net", 1, true) ~= nil)
mt.disconnect(conn)

-- A connection that breaks off without a word.
conn = connect()
good("client", mt.conninfo(conn, "mx.example.org", good_client))
good("MAIL", mt.mailfrom(conn, "<alice@example.org>"))
mt.disconnect(conn, false)
