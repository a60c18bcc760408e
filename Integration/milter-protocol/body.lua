-- A body in many pieces, lines and line ends cut anywhere.
local conn = connect()
good("client", mt.conninfo(conn, "mx.example.org", good_client))
good("HELO", mt.helo(conn, "mx.example.org"))
good("MAIL", mt.mailfrom(conn, "<alice@example.org>"))
good("RCPT", mt.rcptto(conn, "<carol@receiver.example>"))
field_lines(conn, signed)
good("end of header", mt.eoh(conn))
local done = false
for at = 1, #signed_body, 3 do
    if not done then
        good("body", mt.bodystring(conn, string.sub(signed_body, at, at + 2)))
        done = reply(conn) == "s"
    end
end
good("end", mt.eom(conn))
check("accepted", reply(conn) == "c" or reply(conn) == "a")
local value = mt.getheader(conn, "Authentication-Results", 0)
check("the signature holds: " .. value, string.find(value, "dkim=pass", 1, true) ~= nil)

-- Much of it, and none of it.
good("MAIL", mt.mailfrom(conn, "<alice@example.org>"))
field_lines(conn, genuine)
good("end of header", mt.eoh(conn))
good("body", mt.bodyrandom(conn, 300000))
good("end", mt.eom(conn))
check("a large body", reply(conn) == "c" or reply(conn) == "a")
message(conn, "alice@example.org", genuine, {})
check("no body", reply(conn) == "c" or reply(conn) == "a")
mt.disconnect(conn)
