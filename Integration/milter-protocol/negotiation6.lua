-- Version 6: what is asked for is what is needed, and no more.
local conn = connect()
good("negotiation", mt.negotiate(conn, 6, nil, nil))
check("header fields may be added", mt.test_action(conn, SMFIF_ADDHDRS))
check("header fields may be changed", mt.test_action(conn, SMFIF_CHGHDRS))
check("messages may be held", mt.test_action(conn, SMFIF_QUARANTINE))
check("bodies are never replaced", not mt.test_action(conn, SMFIF_CHGBODY))
check("recipients are never added", not mt.test_action(conn, SMFIF_ADDRCPT))
check("recipients are never removed", not mt.test_action(conn, SMFIF_DELRCPT))
check("values come as they were", mt.test_option(conn, SMFIP_HDR_LEADSPC))
for name, option in pairs({ conn = SMFIP_NR_CONN, helo = SMFIP_NR_HELO, mail = SMFIP_NR_MAIL, rcpt = SMFIP_NR_RCPT,
    hdr = SMFIP_NR_HDR, eoh = SMFIP_NR_EOH }) do
    check("no reply is wanted: " .. name, mt.test_option(conn, option))
end
check("unknown commands are not reported", mt.test_option(conn, SMFIP_NOUNKNOWN))
check("DATA is not reported", mt.test_option(conn, SMFIP_NODATA))
check("the body is wanted", not mt.test_option(conn, SMFIP_NOBODY))
check("the client is wanted", not mt.test_option(conn, SMFIP_NOCONNECT))
good("client", mt.conninfo(conn, "mx.example.org", good_client))
good("HELO", mt.helo(conn, "mx.example.org"))
message(conn, "alice@example.org", genuine, { "Hello\r\n" })
check("accepted: " .. reply(conn), reply(conn) == "c" or reply(conn) == "a")
mt.disconnect(conn)
