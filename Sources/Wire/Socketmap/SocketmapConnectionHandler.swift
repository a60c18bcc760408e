internal import NIOCore
internal import Sockets

/// One connection of a mail server.
///
/// It answers one request at a time, and reads no further while it looks one up, while requests that came are not
/// answered yet, or while the mail server does not read answers: what it holds is bounded, whatever is sent.
final class SocketmapConnectionHandler: ChannelDuplexHandler, ServedConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Shared = SocketmapShared
    typealias Times = SocketmapTimes
    typealias Job = SocketmapLookup

    /// Answers that are gathered before they are written.
    private static let outputOctetsMax = 64 * 1024
    /// What is kept of their room between batches.
    private static let keptOctetsMax = 4096
    /// Octets that may wait beside a request: more than is read at once. Only when a connection ends is more read.
    private static let waitingOctetsMax = 512 * 1024

    private let keeper: ConnectionKeeper<SocketmapConnectionHandler>
    private let address: ListenAddress
    private var reader: NetstringReader
    private var context: ChannelHandlerContext?
    private var reason: SocketmapCloseReason?

    private var lookup: SocketmapLookup?
    private var lookupBegan = NIODeadline.uptimeNanoseconds(0)
    private var lastAnswer = NIODeadline.now()
    /// When the first octet of a request came that is not whole yet.
    private var requestBegan: NIODeadline?

    private var output: [UInt8] = []
    /// Answers that nobody was told of yet.
    private var untold: (kind: SocketmapReply.Kind, atOnce: Bool, count: Int)?
    private var lastMap: [UInt8] = []
    private var isUnread = false
    private var unreadSince = NIODeadline.uptimeNanoseconds(0)
    private var isReadHeld = false
    /// Whether whole requests wait for the mail server to read answers.
    private var isBlocked = false
    private var isWorking = false

    init(_ keeper: ConnectionKeeper<SocketmapConnectionHandler>, _ address: ListenAddress) {
        self.keeper = keeper
        self.address = address
        reader = NetstringReader(payloadOctetsMax: keeper.shared.options.requestOctetsMax)
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        keeper.add(self)
        observe(.opened)
        if keeper.isStopping { close(.shutdown) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        let isDone = lookup == nil && reader.pendingOctets == 0
        giveUp()
        tell()
        keeper.remove(self)
        observe(.closed(reason ?? (isDone ? .done : .lost)))
        keeper.admission.leave()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard reason == nil else { return }
        let buffer = unwrapInboundIn(data)
        guard reader.pendingOctets + buffer.readableBytes <= Self.waitingOctetsMax + reader.payloadOctetsMax else {
            // The mail server is gone: what it left is read to the end, and nobody waits for the answers.
            return close(.lost)
        }
        reader.append(buffer.readableBytesView)
        work()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if keeper.isStopping { stopWhenIdle() }
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { work() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(.broken((error as? IOError)?.errnoCode ?? 0))
    }

    private var mayRead: Bool { lookup == nil && !isBlocked && context?.channel.isWritable == true }

    // MARK: The dialogue

    /// Answers what can be answered, and reads on if there is nothing else to do.
    private func work() {
        // Writing can lead back here.
        guard !isWorking, let context else { return }
        isWorking = true
        let taken = reader.takenOctets
        do throws(NetstringError) {
            repeat {
                isBlocked = try !answerRequests()
                flush()
            } while isBlocked && reason == nil && context.channel.isWritable
        } catch {
            flush()
            close(.protocolError(error))
        }
        isWorking = false
        if reader.pendingOctets == 0 || isBlocked || lookup != nil {
            requestBegan = nil
        } else if requestBegan == nil || reader.takenOctets != taken {
            requestBegan = .now()
        }
        if isReadHeld, mayRead, reason == nil {
            isReadHeld = false
            context.read()
        }
    }

    /// Answers requests until there are no more, one has to be looked up, or enough is to be written.
    ///
    /// - Returns: whether there is nothing more to do.
    private func answerRequests() throws(NetstringError) -> Bool {
        let table = keeper.shared.table.value
        while reason == nil, lookup == nil {
            guard output.count < Self.outputOctetsMax else { return false }
            guard let payload = try reader.nextSlice() else { return true }
            do throws(SocketmapRequestError) {
                let request = try SocketmapRequest(payload, lastMap: lastMap)
                lastMap = request.map
                if let reply = table.cached(request.key, in: request.map) {
                    answer(reply, atOnce: true)
                } else {
                    startLookup(request, table)
                }
            } catch {
                observe(.malformed(error))
                answer(.permanent(error.description), atOnce: true)
            }
        }
        return true
    }

    private func startLookup(_ request: SocketmapRequest, _ table: any SocketmapTable) {
        guard let context else { return }
        let lookup = SocketmapLookup(request, in: table, for: NIOLoopBound(self, eventLoop: context.eventLoop))
        self.lookup = lookup
        lookupBegan = .now()
        keeper.begin(lookup)
    }

    /// The answer is there; nil where the look-up was cancelled from above.
    func answered(_ lookup: SocketmapLookup, _ reply: SocketmapReply?) {
        // It may have been given up since.
        guard self.lookup === lookup else { return }
        self.lookup = nil
        guard let reply else { return close(.shutdown) }
        finish(reply)
    }

    private func finish(_ reply: SocketmapReply) {
        answer(reply, atOnce: false)
        work()
        if keeper.isStopping { stopWhenIdle() }
    }

    private func answer(_ reply: SocketmapReply, atOnce: Bool) {
        var reply = reply
        if !reply.isSendable {
            observe(.unsendable)
            reply = .temporary("the value can't be sent")
        }
        reply.append(to: &output)
        let kind = reply.kind
        if let untold, untold.kind != kind || untold.atOnce != atOnce { tell() }
        untold = (kind, atOnce, (untold?.count ?? 0) + 1)
    }

    private func tell() {
        guard let (kind, atOnce, count) = untold else { return }
        untold = nil
        lastAnswer = .now()
        observe(.answered(kind, atOnce: atOnce, count: count))
    }

    private func giveUp() {
        lookup?.giveUp()
        lookup = nil
    }

    // MARK: Writing, closing, and the clock

    private func flush() {
        // Who has the answer can count on its being counted.
        tell()
        guard !output.isEmpty, reason == nil, let context else { return }
        let buffer = context.channel.allocator.buffer(bytes: output)
        output.removeAll(keepingCapacity: output.capacity <= Self.keptOctetsMax)
        if !isUnread {
            isUnread = true
            unreadSince = .now()
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Closes the connection if no request is open. What was written goes out before.
    func stopWhenIdle() {
        guard reason == nil, lookup == nil, reader.pendingOctets == 0, let context else { return }
        reason = .shutdown
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    func stopNow() { close(.shutdown) }

    func close(_ reason: SocketmapCloseReason) {
        if self.reason == nil { self.reason = reason }
        giveUp()
        context?.close(promise: nil)
    }

    /// Sees whether somebody takes too long.
    func check(_ now: NIODeadline) {
        let times = keeper.times
        if isUnread, let context {
            let unread = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
            if (unread ?? 0) == 0 {
                isUnread = false
            } else if now - unreadSince >= times.write {
                return close(.timeout(.write))
            }
        }
        if lookup != nil {
            guard now - lookupBegan >= times.lookup else { return }
            observe(.overdue)
            giveUp()
            finish(.timeout("the look-up took too long"))
        } else if let requestBegan {
            if now - requestBegan >= times.request { close(.timeout(.request)) }
        } else if !isBlocked, now - lastAnswer >= times.idle {
            close(.timeout(.idle))
        }
    }

    private func observe(_ event: SocketmapServerEvent) { keeper.shared.observer?.observe(event, on: address) }
}
