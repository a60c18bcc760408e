-- What all scripts share: each call that fails ends the script with a text, and so with a status.
-- No DATA is announced: the filter does not want it, and miltertest takes that for an error then.

function good(what, problem)
    if problem ~= nil then error(what .. ": " .. problem) end
end

function check(what, holds)
    if not holds then error(what) end
end

function connect()
    local conn = mt.connect(socket, 20, 0.1)
    if conn == nil then error("no connection to " .. socket) end
    return conn
end

-- A reply by its letter; "none" where the filter was not asked for one.
function reply(conn)
    local code = mt.getreply(conn)
    if code == 0 then return "none" end
    return string.char(code)
end

function field_lines(conn, fields)
    for _, field in ipairs(fields) do good(field[1], mt.header(conn, field[1], field[2])) end
end

genuine = { { "From", "Alice <alice@example.org>" }, { "To", "carol@receiver.example" },
    { "Subject", "Minutes" }, { "Date", "Mon, 02 Nov 2026 09:14:52 +0000" } }

-- A message up to its end, from a client that may send for example.org, or from another.
function message(conn, sender, fields, body)
    good("MAIL", mt.mailfrom(conn, "<" .. sender .. ">"))
    good("RCPT", mt.rcptto(conn, "<carol@receiver.example>"))
    field_lines(conn, fields)
    good("end of header", mt.eoh(conn))
    for _, piece in ipairs(body) do good("body", mt.bodystring(conn, piece)) end
    good("end", mt.eom(conn))
end

good_client = "192.0.2.5"
bad_client = "203.0.113.66"
