internal import PostsealCommand

@main
enum PostsealMain {
    static func main() async { await Postseal.runAndExit() }
}
