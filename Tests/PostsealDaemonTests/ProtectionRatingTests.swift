import PostsealDashboard
import SPF
import Testing

@testable import PostsealDaemon

@Suite struct ProtectionRatingTests {
    @Test(arguments: [
        ("v=spf1 +all", ProtectionState.Rating.broken), ("v=spf1 all", .broken), ("v=spf1 mx ALL ", .broken),
        ("v=spf1 +all -all", .broken), ("v=spf1 ?all", .partial), ("v=spf1 mx", .partial), ("v=spf1 mx -all", .good),
        ("v=spf1 ~all exp=e.example", .good), ("v=spf1 redirect=_spf.example", .good),
        ("v=spf1 redirect=_spf.example ?all", .partial),
    ])
    func `what a record does about servers that it does not name`(
        text: String, rating: ProtectionState.Rating
    ) throws {
        #expect(DashboardProtections.rating(try SPFRecord(parsing: Array(text.utf8))).0 == rating)
    }
}
