internal import FoundationEssentials
internal import MTASTS
internal import MailBytes
internal import MailNames
internal import PostsealConfiguration
internal import PostsealState
internal import PostsealTransport

/// The TXT records that lead to the policies which a daemon publishes.
struct HostedRecords {
    let file: String
    let json: Bool

    /// Shows the record of each domain, and says where what is published is not what is wanted.
    func show() throws {
        let settings: PolicyHostingSettings
        do throws(ConfigurationFailure) {
            settings = try ConfigurationLoader(environment: ProcessInfo.processInfo.environment).load(file)
                .configuration.policyHosting
        } catch {
            throw CommandFailure(error.description)
        }
        guard !settings.domains.isEmpty else { throw CommandFailure("\(file) has no mta-sts-hosting.domains") }
        let verified: [DomainName: MTASTSPolicy]
        do throws(StateFileError) {
            verified = try PolicyHost.verified(in: settings.statePath)
        } catch {
            throw CommandFailure(error.description)
        }
        var isAsWanted = true
        for hosted in settings.domains {
            // What the daemon says until it knows more; of what it found out, only what is good is in its file.
            let published = PublishedPolicy.decide(
                wanted: hosted.policy, verified: verified[hosted.domain], proof: nil)
            isAsWanted = isAsWanted && published.state == .asWanted
            show(hosted, published)
        }
        if !isAsWanted { throw Verdict.bad }
    }

    private func show(_ hosted: PolicyHostingSettings.Hosted, _ published: PublishedPolicy) {
        let line = HostedPolicy.zoneLine(hosted.domain, published.policy)
        let value: JSONValue = [
            "domain": .string(hosted.domain.text), "name": .string("_mta-sts.\(hosted.domain.text)"),
            "record": JSONValue(published.policy.record?.text), "id": .string(published.policy.recordID),
            "mode": .string(published.policy.mode.rawValue), "wanted": .string(hosted.policy.mode.rawValue),
            "state": .string(published.state.rawValue),
        ]
        var lines = [line]
        switch published.state {
        case .asWanted, .failing: break
        case .heldBack:
            lines.append(
                "; for the policy in mode 'testing': 'enforce' is published when the servers were seen to hold to it, "
                    + "and has another id")
        case .previous: lines.append("; for the policy before: the new one has not been verified")
        }
        MTASTSOutput.show(value, json, lines)
    }
}
