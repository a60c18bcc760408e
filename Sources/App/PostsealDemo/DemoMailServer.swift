internal import MilterProtocol
internal import MilterServer
internal import NIOCore
internal import Sockets

/// The mail server of home.example, as far as the guard sees it: shows each message to the daemon's milter socket.
struct DemoMailServer: Sendable {
    let address: ListenAddress
    let group: any EventLoopGroup

    /// Shows a message, over a connection of its own.
    func send(_ message: DemoMessage, queueID: String) async throws(MilterClientError) -> MilterOutcome {
        let client = try await MilterClient.connect(to: address, on: group)
        do throws(MilterClientError) {
            let outcome = try await client.send(Self.transaction(message, queueID: queueID))
            await client.quit()
            return outcome
        } catch {
            await client.close()
            throw error
        }
    }

    /// The message as Postfix would tell of it.
    static func transaction(_ message: DemoMessage, queueID: String) -> MilterTransaction {
        let (fields, body) = MilterField.read(message: message.octets)
        var macros: [MilterStage: [MilterMacro]] = [
            .connect: [MilterMacro("j", DemoNames.authservID), MilterMacro("daemon_name", "demo")],
            .endOfMessage: [MilterMacro("i", queueID)],
        ]
        if let login = message.login {
            macros[.mail] = [MilterMacro("auth_type", "PLAIN"), MilterMacro("auth_authen", login)]
        }
        return MilterTransaction(
            connection: MilterConnection(hostName: message.client.hostName, address: message.client.address, port: 25),
            helo: Array(message.client.helo.utf8), sender: MilterPath(message.mailFrom),
            recipients: [MilterPath(message.recipient)], fields: fields, body: Array(body), macros: macros)
    }
}
