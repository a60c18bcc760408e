import Testing

/// All that needs name servers, one after the other: some look at the threads and descriptors of the process.
@Suite(.serialized) struct UnboundResolverTests {}
