import MailNames
import PostsealConfiguration
import PostsealEngine
import PostsealObservability
import Sockets
import Testing

@Suite("Settings from the environment")
struct EnvironmentTests {
    @Test("A variable counts more than the file, which need not have the section")
    func overrides() throws {
        let configuration = try load(
            withListener("log: {level: info}"),
            environment: [
                "POSTSEAL_LOG_LEVEL": "debug", "POSTSEAL_INCOMING_FAIL_DNS": "accept", "POSTSEAL_DNS_TIMEOUT": "3s",
                "POSTSEAL_MILTER_LISTEN": "tcp:127.0.0.1:1, unix:/run/x",
                "POSTSEAL_OUTGOING_NETWORKS": "192.0.2.0/24,::1",
                "POSTSEAL_NAME": "a.example", "POSTSEAL_INCOMING_SUBJECT_PREFIX": "", "PATH": "/bin",
            ]
        ).configuration
        #expect(configuration.log.level == .debug)
        #expect(configuration.guardSettings.policy.onDNSFailure == .accept)
        #expect(configuration.dns.lookupLimit == .seconds(3))
        #expect(configuration.milter.listeners.map(\.address.description) == ["tcp:127.0.0.1:1", "unix:/run/x"])
        #expect(configuration.guardSettings.ownNetworks.map(\.description) == ["192.0.2.0/24", "::1/128"])
        #expect(configuration.guardSettings.authservID == "a.example")
    }

    @Test("An empty variable is an empty list, or an empty text")
    func empty() {
        #expect(errors("", environment: ["POSTSEAL_MILTER_LISTEN": ""]).count == 1)
        #expect(
            errors(withListener(""), environment: ["POSTSEAL_LOG_LEVEL": ""]) == [
                "POSTSEAL_LOG_LEVEL: log.level: '' is not one of debug, info, notice, warning, error"
            ])
    }

    static let wrong: [(name: String, value: String, error: String)] = [
        (
            "POSTSEAL_LOG_LEVEL", "debgu",
            "POSTSEAL_LOG_LEVEL: log.level: 'debgu' is not one of debug, info, notice, warning, error; did you mean "
                + "'debug'?"
        ),
        (
            "POSTSEAL_OUTGOING_SIGNING", "example.org",
            "POSTSEAL_OUTGOING_SIGNING: outgoing.signing: has parts of its own, which only the file can set"
        ),
        ("POSTSEAL_INCOMING", "x", "POSTSEAL_INCOMING: incoming: has parts of its own, which only the file can set"),
    ]

    @Test("What is wrong is said with the variable", arguments: wrong)
    func wrongValue(_ example: (name: String, value: String, error: String)) {
        #expect(errors(withListener(""), environment: [example.name: example.value]) == [example.error])
    }

    @Test("A variable that nearly sets a key is a warning; those of tests and scripts are nobody's business")
    func unknown() throws {
        func warnings(_ name: String) throws -> [String] {
            try load(withListener(""), environment: [name: "x"]).warnings.map(\.description)
        }
        #expect(
            try warnings("POSTSEAL_LOG_LEVLE") == ["POSTSEAL_LOG_LEVLE: sets no key; did you mean POSTSEAL_LOG_LEVEL?"])
        #expect(try warnings("POSTSEAL_INCOMING_GREYLIST") == ["POSTSEAL_INCOMING_GREYLIST: sets no key"])
        for name in ["POSTSEAL_SUITES", "POSTSEAL_WRITE_DOCS", "POSTSEAL_FUZZ_TARGET", "POSTSEAL_BENCH", "POSTSEAL"] {
            #expect(try warnings(name).isEmpty)
        }
    }

    @Test("What the file has in a wrong form is complained of, whatever the environment says")
    func wrongFile() {
        let found = errors(withListener("log: loud"), environment: ["POSTSEAL_LOG_LEVEL": "debug"])
        #expect(found == ["postseal.yaml:2: log: a single value where there must be a section"])
    }

    @Test("No two keys have one variable")
    func variables() {
        let names = ConfigurationReference.variables.map(\.variable)
        #expect(Set(names).count == names.count)
        #expect(names.contains("POSTSEAL_INCOMING_SPF_FAIL"))
    }
}
