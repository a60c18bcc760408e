-- Results are inserted above all, forged ones taken out, and nothing else is touched.
local conn = connect()
good("client", mt.conninfo(conn, "mx.example.org", good_client))
good("HELO", mt.helo(conn, "mx.example.org"))
local fields = { { "Authentication-Results", "mx.receiver.example; spf=pass smtp.mailfrom=bank.example" },
    { "Authentication-Results", "other.example; spf=fail" } }
for _, field in ipairs(genuine) do table.insert(fields, field) end
message(conn, "alice@example.org", fields, { "Hello\r\n" })
check("accepted", reply(conn) == "c" or reply(conn) == "a")
check("inserted", mt.eom_check(conn, MT_HDRINSERT, "Authentication-Results"))
check("the forged one is deleted", mt.eom_check(conn, MT_HDRDELETE, "Authentication-Results"))
check("no subject is changed", not mt.eom_check(conn, MT_HDRCHANGE, "Subject"))
check("no body is changed", not mt.eom_check(conn, MT_BODYCHANGE))
check("nobody is added", not mt.eom_check(conn, MT_RCPTADD, "<carol@receiver.example>"))
check("it is not held", not mt.eom_check(conn, MT_QUARANTINE))
local value = mt.getheader(conn, "Authentication-Results", 0)
check("it is ours: " .. value, string.find(value, "mx.receiver.example", 1, true) ~= nil)
check("SPF passed: " .. value, string.find(value, "spf=pass", 1, true) ~= nil)
check("DMARC passed: " .. value, string.find(value, "dmarc=pass", 1, true) ~= nil)
mt.disconnect(conn)
