internal import MailNames
internal import NIOCore
internal import NIOSSL
internal import SMTPProtocol
internal import Sockets

extension SMTPConnectionHandler {
    /// Who the client is, is known: the conversation begins, under TLS or not.
    func begin() {
        if let address = facts.clientAddress {
            guard keeper.shared.clients.enter(address) else { return refuse() }
            counted = address
        }
        let handler = keeper.shared.handler.value
        conversation = handler.begin(facts)
        answersGreetings = handler.answersGreetings
        if keeper.shared.options.isImplicitTLS {
            startTLS()
        } else {
            handshakeBegan = nil
            drive()
        }
    }

    /// There are too many.
    private func refuse() {
        observe(.refused)
        session.end(SMTPReply(421, SMTPEnhancedCode(4, 7, 0), "too many connections"))
        close(.session(.refused))
    }

    /// Puts TLS between the socket and us. What was written before goes out in clear text, and what is read from now on
    /// is under TLS; both hold because all of it is one turn of the event loop.
    func startTLS() {
        flushNow()
        guard let context, let tls = keeper.shared.tls.value else { return close(.tls(SMTPTLSError("no certificate"))) }
        let hello = ServerHelloReader(isServer: true)
        self.hello = hello
        handshakeBegan = .now()
        do {
            try context.pipeline.syncOperations.addHandlers(
                [hello, NIOSSLServerHandler(context: tls.context)], position: .before(self))
        } catch {
            close(.tls(SMTPTLSError(error)))
        }
    }

    /// The handshake is done.
    func secured() {
        guard reason == nil, let context else { return }
        let ssl = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        facts.tls = SMTPTLSFacts(version: SMTPTLSVersion(ssl?.tlsVersion), cipher: hello?.cipherName)
        // RFC 3207 §4.2: what the client said before is forgotten.
        facts.hello = nil
        facts.forwarded = SMTPClientAttributes()
        hello = nil
        handshakeBegan = nil
        session.tlsEstablished()
        lastCommand = .now()
        observe(.secured)
        drive()
    }

    /// Reads the balancer's header; what stands behind it is the client's.
    func readProxyHeader(_ buffer: ByteBuffer) {
        guard var octets = proxyHeader else { return }
        octets += buffer.readableBytesView
        do throws(ProxyHeaderError) {
            guard let (header, count) = try ProxyHeader.read(octets) else {
                proxyHeader = octets
                return
            }
            proxyHeader = nil
            if let ends = header.ends {
                facts.clientAddress = ends.source.address.unmapped
                facts.clientPort = ends.source.port
                facts.serverAddress = ends.destination.address.unmapped
                facts.serverPort = ends.destination.port
            }
            let rest = Array(octets[count...])
            session = SMTPServerSession(
                configuration: keeper.shared.configuration(for: facts.clientAddress), isTLS: session.isTLS)
            begin()
            forward(rest)
        } catch {
            close(.proxyHeader(error))
        }
    }

    /// Octets behind the header go where all that follows goes.
    private func forward(_ octets: [UInt8]) {
        guard !octets.isEmpty, reason == nil, let context else { return }
        if handshakeBegan == nil {
            session.append(octets)
        } else {
            // Through TLS, which stands in front of us now.
            context.pipeline.fireChannelRead(context.channel.allocator.buffer(bytes: octets))
        }
    }

    /// XCLIENT: the client is another.
    func replaceClient(_ attributes: SMTPClientAttributes) {
        facts.attributes.merge(attributes)
        facts.hello = nil
        if attributes.values[.address] != nil {
            facts.clientAddress = attributes.address
            facts.clientPort = attributes.port
        }
        if let octets = attributes.known(.destinationAddress) {
            facts.serverAddress = SMTPClientAttributes([.address: .known(octets)]).address
        }
        if let octets = attributes.known(.destinationPort) {
            facts.serverPort = SMTPClientAttributes([.port: .known(octets)]).port
        }
    }
}
