/// The names below which the hosts of known services are.
///
/// A name stands here only where nobody but the service gives names below it to addresses that send; where customers'
/// machines have names there as well, these are `hosting`, and the longest name counts.
enum KnownServiceTable {
    typealias Entry = (name: String, domains: String)

    static let all: [(kind: KnownService.Kind, entries: [Entry])] = [
        (.mailboxes, mailboxes), (.bulk, bulk), (.filter, filters), (.forwarder, forwarders), (.hosting, hosting),
    ]

    private static let mailboxes: [Entry] = [
        ("Apple iCloud", "icloud.com me.com mac.com apple.com"),
        ("Fastmail", "messagingengine.com"),
        ("Gandi", "mail.gandi.net"),
        ("GMX, Web.de and mail.com", "gmx.net gmx.com web.de mail.com"),
        ("GoDaddy", "secureserver.net"),
        ("Google", "google.com"),
        ("Hetzner", "your-server.de"),
        ("Infomaniak", "infomaniak.ch infomaniak.com"),
        ("IONOS", "kundenserver.de perfora.net ionos.com 1and1.com"),
        ("mailbox.org", "mailbox.org"),
        ("Mail.ru", "mail.ru"),
        ("Microsoft 365", "protection.outlook.com outlook.com hotmail.com"),
        ("Migadu", "migadu.com"),
        ("Naver", "naver.com"),
        ("NetEase", "163.com netease.com"),
        ("OVHcloud", "mail-out.ovh.net"),
        ("Posteo", "posteo.de"),
        ("Proton Mail", "protonmail.ch proton.ch protonmail.com"),
        ("Rackspace", "emailsrvr.com"),
        ("Runbox", "runbox.com"),
        ("Seznam", "seznam.cz"),
        ("Strato", "rzone.de"),
        ("Tencent QQ", "qq.com"),
        ("Tuta", "tutanota.de tutao.de"),
        ("Yahoo", "yahoo.com yahoodns.net aol.com"),
        ("Yandex", "yandex.net yandex.ru yandex.com"),
        ("Zoho", "zoho.com zoho.eu zoho.in zohomail.com"),
    ]

    private static let bulk: [Entry] = [
        ("Adobe Marketo", "mktomail.com"),
        ("Amazon SES", "amazonses.com"),
        ("Brevo", "brevo.com sendinblue.com sender-sib.com mailin.fr"),
        ("Campaign Monitor", "createsend.com"),
        ("CleverReach", "cleverreach.com crsend.com"),
        ("Constant Contact", "constantcontact.com ccsend.com"),
        ("Elastic Email", "elasticemail.com"),
        ("Emarsys", "emarsys.net emsmtp.com"),
        ("Freshworks", "freshemail.io freshdesk.com"),
        ("HubSpot", "hubspot.com hubspotemail.net"),
        ("Klaviyo", "klaviyomail.com"),
        ("Mailchimp", "mcsv.net mcdlv.net rsgsv.net mailchimpapp.net"),
        ("Mailchimp Transactional (Mandrill)", "mandrillapp.com"),
        ("Mailgun", "mailgun.net mailgun.org mailgun.com"),
        ("Mailjet", "mailjet.com"),
        ("Oracle", "oracleemaildelivery.com responsys.net en25.com"),
        ("Postmark", "postmarkapp.com mtasv.net"),
        ("Salesforce", "salesforce.com"),
        ("Salesforce Marketing Cloud", "exacttarget.com exct.net pardot.com"),
        ("SendGrid", "sendgrid.net sendgrid.com"),
        ("SMTP2GO", "smtp2go.com"),
        ("SparkPost", "sparkpostmail.com sparkpost.com"),
        ("Zendesk", "zendesk.com zdsys.com"),
        ("ZeptoMail", "zeptomail.com"),
    ]

    private static let filters: [Entry] = [
        ("Barracuda", "barracuda.com barracudanetworks.com"),
        ("Broadcom (Symantec.cloud)", "messagelabs.com"),
        ("Cisco", "iphmx.com"),
        ("CodeTwo", "codetwo.online"),
        ("Exclaimer", "exclaimer.net"),
        ("Forcepoint", "mailcontrol.com"),
        ("Hornetsecurity", "hornetsecurity.com antispameurope.com"),
        ("Mimecast", "mimecast.com"),
        ("N-able", "antispamcloud.com"),
        ("Proofpoint", "pphosted.com ppe-hosted.com"),
        ("Retarus", "retarus.com"),
        ("Sophos", "hydra.sophos.com"),
        ("Trellix", "fireeyecloud.com"),
        ("Trend Micro", "trendmicro.com trendmicro.eu"),
    ]

    private static let forwarders: [Entry] = [
        ("addy.io", "addy.io anonaddy.me"),
        ("Apache mailing lists", "apache.org"),
        ("Cloudflare Email Routing", "cloudflare-email.net email.cloudflare.net"),
        ("Debian mailing lists", "debian.org"),
        ("Forward Email", "forwardemail.net"),
        ("FreeLists", "freelists.org"),
        ("GNU mailing lists", "gnu.org"),
        ("Groups.io", "groups.io"),
        ("IETF mailing lists", "ietf.org"),
        ("ImprovMX", "improvmx.com"),
        ("JISCMail", "jiscmail.ac.uk"),
        ("kernel.org mailing lists", "kernel.org"),
        ("Namecheap", "registrar-servers.com"),
        ("Pobox", "pobox.com"),
        ("Python mailing lists", "mail.python.org"),
        ("SimpleLogin", "simplelogin.co"),
        ("SourceForge", "lists.sourceforge.net"),
    ]

    private static let hosting: [Entry] = [
        ("Amazon EC2", "amazonaws.com"),
        ("Contabo", "contaboserver.net"),
        ("Gandi", "ghst.net"),
        ("GoDaddy", "ip.secureserver.net"),
        ("Google Cloud", "googleusercontent.com"),
        ("Hetzner", "clients.your-server.de your-cloud.host"),
        ("IONOS", "onlinehome-server.info"),
        ("Linode", "linodeusercontent.com members.linode.com"),
        ("Microsoft Azure", "cloudapp.azure.com cloudapp.net"),
        ("netcup", "yourvserver.net ultrasrv.de supersrv.de"),
        ("OVHcloud", "ovh.net ovh.ca ip-ovh.net"),
        ("Scaleway", "scw.cloud poneytelecom.eu"),
        ("Strato", "stratoserver.net"),
        ("Vultr", "vultrusercontent.com"),
    ]
}
