#!/usr/bin/perl
# Mail::DKIM as a peer. No DNS is asked: keys come from a file of "NAME VALUE" lines.
#
# usage: mail_dkim_peer.pl verify KEYS FILE...                        a line "FILE result" each
#        mail_dkim_peer.pl sign DOMAIN SELECTOR KEY HEADER/BODY FILE...   writes FILE.signed
use strict;
use warnings;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;

my %keys;

package Answer { sub new { my ($class, $text) = @_; bless {text => $text}, $class }
                 sub type { 'TXT' } sub char_str_list { $_[0]{text} } sub txtdata { $_[0]{text} } }

{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ($name) = @_;
        return defined $keys{lc $name} ? (Answer->new($keys{lc $name})) : ();
    };
}

sub text_of { my ($path) = @_; local $/; open my $file, '<:raw', $path or die "$path: $!"; <$file> }

my $what = shift @ARGV;
if ($what eq 'verify') {
    for (split /\n/, text_of(shift @ARGV)) { $keys{lc $1} = $2 if /^(\S+)\s+(.*)/ }
    for my $path (@ARGV) {
        my $verifier = Mail::DKIM::Verifier->new;
        $verifier->PRINT(text_of($path));
        $verifier->CLOSE;
        print "$path ", $verifier->result_detail, "\n";
    }
} else {
    my ($domain, $selector, $key, $method) = splice @ARGV, 0, 4;
    for my $path (@ARGV) {
        my $signer = Mail::DKIM::Signer->new(
            Algorithm => 'rsa-sha256', Method => $method, Domain => $domain, Selector => $selector, KeyFile => $key);
        my $text = text_of($path);
        $signer->PRINT($text);
        $signer->CLOSE;
        open my $file, '>:raw', "$path.signed" or die $!;
        print $file $signer->signature->as_string, "\r\n", $text;
    }
}
