/// Keys that were made for these tests with OpenSSL, and are of no use elsewhere.
enum TestKeys {
    static let rsa1024PKCS1 = """
        -----BEGIN RSA PRIVATE KEY-----
        MIICXAIBAAKBgQDEd/Y07tvNK2uWmV2Jg5AEtsFayvAB/DTfiv59OF0dEW1NZeeh
        bmmoPGf8JudXrAGZO+enBC7IEnOZFVqUSM5S+13zAmeKvF8sWgA0eOS9FGyNtZOR
        Jy68PZOHa2qWxdwQjf6J2jokYWALAFYyWC3Y4yoVldZVnWn8PqY2SI5Q+wIDAQAB
        AoGALfETXKtiMKbvoKa6Tba7Da8ipbWAzCYKwx9AhU2R0INLuOaUdJZaFKITes4q
        GME7Gnb8o3yB5/0QlQJ+TOB9hlaqlQOah785VDM6qgLzkAV76QPqZHh9Jy4DYc5Y
        3YW3jS2iIqABddlKHdNYXaXRDYiktWuBYGG6nQlr1QHxyLECQQD3EP9eEmdxbzLu
        y4IRuD5o1BFG8cCYXa/faSovUtnzpic7dzkEUKg+lYfnTm7zpfQbW4rkfeTSdDpo
        t0hwBGATAkEAy5KZXdAULdYkRhcXksN4/Wqj0yeDTOw3OrmxnWc80dvKiFAEz1zE
        RWdiYdfSH4uYpTlVhJ0VDHWV72B2xzx4eQJAPf7g5X0eweMSV8NvPv0JhAp6z1+I
        YXNY12mvMTLMCAyQWaagAwouPY4ODSesRa1F5LuCzbUdfwW1RmN/ZMRkSwJAScak
        TEpntcDgvoIJ6gdrZrPqEVFFlXAaB+9aPkg203tLKCGPzLK68sgn8Huty/7kYCSq
        KHhhM3W909Xq1gPFSQJBANuNXN4uotmtLFrFaWGTYgTB0ZhjZ1wt+1yj4+qgnBOx
        MInyu7rtrV5KeWxZQM+9Wi9tV+zVI/8JlI0t9rJQ0tE=
        -----END RSA PRIVATE KEY-----
        """

    static let rsa1024PKCS8 = """
        -----BEGIN PRIVATE KEY-----
        MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAMR39jTu280ra5aZ
        XYmDkAS2wVrK8AH8NN+K/n04XR0RbU1l56Fuaag8Z/wm51esAZk756cELsgSc5kV
        WpRIzlL7XfMCZ4q8XyxaADR45L0UbI21k5EnLrw9k4drapbF3BCN/onaOiRhYAsA
        VjJYLdjjKhWV1lWdafw+pjZIjlD7AgMBAAECgYAt8RNcq2Iwpu+gprpNtrsNryKl
        tYDMJgrDH0CFTZHQg0u45pR0lloUohN6zioYwTsadvyjfIHn/RCVAn5M4H2GVqqV
        A5qHvzlUMzqqAvOQBXvpA+pkeH0nLgNhzljdhbeNLaIioAF12Uod01hdpdENiKS1
        a4FgYbqdCWvVAfHIsQJBAPcQ/14SZ3FvMu7LghG4PmjUEUbxwJhdr99pKi9S2fOm
        Jzt3OQRQqD6Vh+dObvOl9BtbiuR95NJ0Omi3SHAEYBMCQQDLkpld0BQt1iRGFxeS
        w3j9aqPTJ4NM7Dc6ubGdZzzR28qIUATPXMRFZ2Jh19Ifi5ilOVWEnRUMdZXvYHbH
        PHh5AkA9/uDlfR7B4xJXw28+/QmECnrPX4hhc1jXaa8xMswIDJBZpqADCi49jg4N
        J6xFrUXku4LNtR1/BbVGY39kxGRLAkBJxqRMSme1wOC+ggnqB2tms+oRUUWVcBoH
        71o+SDbTe0soIY/MsrryyCfwe63L/uRgJKooeGEzdb3T1erWA8VJAkEA241c3i6i
        2a0sWsVpYZNiBMHRmGNnXC37XKPj6qCcE7EwifK7uu2tXkp5bFlAz71aL21X7NUj
        /wmUjS32slDS0Q==
        -----END PRIVATE KEY-----
        """

    static let rsa1024Public = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDEd/Y07tvNK2uWmV2Jg5AEtsFa
        yvAB/DTfiv59OF0dEW1NZeehbmmoPGf8JudXrAGZO+enBC7IEnOZFVqUSM5S+13z
        AmeKvF8sWgA0eOS9FGyNtZORJy68PZOHa2qWxdwQjf6J2jokYWALAFYyWC3Y4yoV
        ldZVnWn8PqY2SI5Q+wIDAQAB
        -----END PUBLIC KEY-----
        """

    static let rsa1024PublicPKCS1 = """
        -----BEGIN RSA PUBLIC KEY-----
        MIGJAoGBAMR39jTu280ra5aZXYmDkAS2wVrK8AH8NN+K/n04XR0RbU1l56Fuaag8
        Z/wm51esAZk756cELsgSc5kVWpRIzlL7XfMCZ4q8XyxaADR45L0UbI21k5EnLrw9
        k4drapbF3BCN/onaOiRhYAsAVjJYLdjjKhWV1lWdafw+pjZIjlD7AgMBAAE=
        -----END RSA PUBLIC KEY-----
        """

    static let rsa1024EncryptedPKCS1 = """
        -----BEGIN RSA PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-128-CBC,7315176BD23FFA03E83E985A8A155143

        buzkPAbQYtuHYxLsFKgSGkGuPJ7BMCHuTl06BKvSjHuVl2rFkO0+eoa8tkXWUxcU
        ruTDCWxezA/i9oc9E8UghKhQRNXe5eTjI7OIjTEcuzWBOeJs1t2coHegjjFtRKAo
        598d4cYy9U8xxiLAShDa9P9PsUKpH9ATmjFoeEG1i6e0DohXNjN+Xf2LEvdUvotp
        LZjCjod+ezuilcoE3S1lh96BZ1IlgDDGq/MaBIvrQZjGCJBoRJgo3VP0BUO9YiHe
        prhKUfEkC5icaXxBHtOsMuS9j/92YpCbw5X3LILzSCxrsf9LOGTlaoN+MOrT0r9P
        VYkfI3YdCjNoyILZlESU8zve1Tcgm39ljV7B+f3JbPCazV49fi+AZewL4rhWdaDd
        7KBiLEabS214UgU2t/ouN4yueutl/CT+pfBBNodcDbS9sRF7gKAu6Wga5j9MZ4/g
        j/dIE0te5rDbuyJroAyrP8Np4VArM4/nC9A2h1rCpocWzfDF/2P+JRaxwf2mIDM2
        DMsztY4RL3/UAiQZzZKohRATmvDlu4Xy0HnlOnz4xXDwf8iBnVVi/N/P4jWVCfZx
        0Q0OzaaELq/TMKVXzsziNaBfKpy+oK/oZa3JWpcmkjAlDfolceGFb4IHw7v2sldu
        MNicpRsFeDdq58y98QjbvPzfVw06L5ukt8vLPzpFxCyKQKVZyLrNDYuk39r5sJ+8
        ymMUJ3SDeLKxSuyhjx5ozYj4+WXoiANlFymMeB49yg6yxnZLJ/QXR73ooVgAt2Wc
        SLHWXkjprsNsvJbXqMTNCjKtCh7rsXJDs9gsGQWifjTlTahidZ3h801v0H5WQ0Ca
        -----END RSA PRIVATE KEY-----
        """

    static let rsa1024EncryptedPKCS8 = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIfYxwHShxlZQCAggA
        MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBDieQBFI3t0yMv+o5SR74YeBIIC
        gN/9m5J6TiWNynWoz4DuWdWvritgbR7M0FpTFVKHb4KEAWiBmBBFFmxKQTAbEZKt
        OqTHMeWoLfPo0Xczm60l8EQ28nZEAbqmhJmtTlyWxYhgBUdJzg8RYK/K6KoN0XgU
        vN1hVBvCSwcWX/Ktx8YmIhFob076V2ZGRZat907XfRNrtVC2lr/z+kkwcWYSy+cU
        QtvXbQrmgZgPfqhFh4JDsoCEDY+p1Rx01226zBa1j7rs4/WeVxY0ulaFm1VqXhS/
        YlqFJqwnDI20rrzXcBq7nXLbj1qv3eK8SWAbYbvFnOp9iDfrVzaClOZAjTURRq17
        mWwyhbv0P2DM6vDP3o6E3AdVJIbmhQ+1vaL/iixCA2zR1idmX33oW6xdmV4ce/xn
        G0g53a80f95dWqXihHSB9RoOVdr6dOfi6ASxzdRWUfE+GxVeCDBFoDot/Wnq6kKO
        Y0sYA9WHcwgDRkxsn16r0uKEifme01YgNgvw63gxoXcX1gK2/5uo5P7pJ0fguRKD
        TrWjlEKUdCFzj3xNB7PQ3NdjAH89qauKEhjzdSlXB3JpiYKmGAfgFK/1bJgBFdWK
        gVKHTc3T2Wt+RwVgj1YHzDmvoHvCGwAc7j6vv4F6Ym1WvyH291bySC/fhiITuQCV
        yy8UJUJeBDZkOgyMLgxn2W3qIhpAmj1EEfzkmBc464vWGgoC7s/zbdrUm2KGSScM
        gU67TsaRlAEGzIXmjU2+P88FF5owNZgdAwEzAGs/cXQxFnDSx6CBUv2twXwY4t6e
        Yys4HABg81/3Xx3hcw+XCNmv1egSvu50y1WlnAYH/rKN7e342R0qiF1ilgPDCyLm
        qGZzQ8IlX+4X/+EUCqiBaMk=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    static let rsa512PKCS8 = """
        -----BEGIN PRIVATE KEY-----
        MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEA3N/9Svc2qPLdbv33
        ksJO2jpZya9PGN0LrgHszzY99KIUY32kg13j52VYA+U3NF8nh1P67U2XsqoZyo79
        GUTXDQIDAQABAkEApUoqLzOZgA1fkHQWFYm7oKwSDVBYDO8+klV2dgrNiodsHfuP
        Z0NxOBBPLOCnzNXM4ZnMUaA0xfetv3kmJQXfgQIhAPjWWPAEpIiTh+oUGytlJuF2
        FxBmVJ3mY2dsIKnEety1AiEA4zuXQxXVOlylqkAiIcmYTyHNU92pCaJJJB+MbMWJ
        X/kCIQC0mHx71iLDrK8bx/PgDs2lHFuo31vSLX8/dE5QZ/TzcQIgeZJtSCgLL7FX
        tPGhEUChK10jVIZYJN5dkWULpTo+WEkCIQDApIp8DqMo6kNNrEZFmwLegX/odXDY
        E1RBratq4z5WOQ==
        -----END PRIVATE KEY-----
        """

    static let rsa512Public = """
        -----BEGIN PUBLIC KEY-----
        MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANzf/Ur3Nqjy3W7995LCTto6WcmvTxjd
        C64B7M82PfSiFGN9pINd4+dlWAPlNzRfJ4dT+u1Nl7KqGcqO/RlE1w0CAwEAAQ==
        -----END PUBLIC KEY-----
        """

    static let ecSEC1 = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIAyd1d+Sv64gbdFeEgopSpMYnm1PFb9QDamekJf3jeNmoAoGCCqGSM49
        AwEHoUQDQgAEL9EUnzNN7wEzf4uJ/qWBmAiRPqRvH7wr2K88uGhXeN6B5sLrTB8Q
        B4FDdFiKMQHjZ1rn5b76Srf12wDzpF6fmQ==
        -----END EC PRIVATE KEY-----
        """

    static let ecWithParameters = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIOBVpT7bahT4Iqkrd8qd260NlsiZ8CTMdcyyNKjkG/KdoAoGCCqGSM49
        AwEHoUQDQgAEux6+EE4iMLN7Kzo9mJOBO4LKHfjvuj+tSuXDD9DP3N55AK1wNk/i
        hFkJpBWjgUEVpAKEjyNVVDtpdXBu7H63tw==
        -----END EC PRIVATE KEY-----
        """

    static let ecPKCS8 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDJ3V35K/riBt0V4S
        CilKkxiebU8Vv1ANqZ6Ql/eN42ahRANCAAQv0RSfM03vATN/i4n+pYGYCJE+pG8f
        vCvYrzy4aFd43oHmwutMHxAHgUN0WIoxAeNnWuflvvpKt/XbAPOkXp+Z
        -----END PRIVATE KEY-----
        """

    static let ed25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIACFfTGKBpdMc8yfNWsNSNxUghQsPAAUm2t2+Fsoj1Fj
        -----END PRIVATE KEY-----
        """

    static let ed448 = """
        -----BEGIN PRIVATE KEY-----
        MEcCAQAwBQYDK2VxBDsEORgeaRI+LX3JfMs5J/3//T8KZNn96vpCVTfh4TLXfhUw
        xfmq8zIDFKBrq/rJ+oJlEQkiYilrVElcqw==
        -----END PRIVATE KEY-----
        """

    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIB9DCCAV2gAwIBAgIUU90FUmh4Vaye44bGHQKCEGySCIYwDQYJKoZIhvcNAQEL
        BQAwDDEKMAgGA1UEAwwBeDAeFw0yNjExMjMyMzQ3MzZaFw0yNjEyMDMyMzQ3MzZa
        MAwxCjAIBgNVBAMMAXgwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAMR39jTu
        280ra5aZXYmDkAS2wVrK8AH8NN+K/n04XR0RbU1l56Fuaag8Z/wm51esAZk756cE
        LsgSc5kVWpRIzlL7XfMCZ4q8XyxaADR45L0UbI21k5EnLrw9k4drapbF3BCN/ona
        OiRhYAsAVjJYLdjjKhWV1lWdafw+pjZIjlD7AgMBAAGjUzBRMB0GA1UdDgQWBBSu
        t8U6174zvnd1ZNiIWIC1YrCjZDAfBgNVHSMEGDAWgBSut8U6174zvnd1ZNiIWIC1
        YrCjZDAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAAW9TRmumvT8
        Zw8PFpZ1tBOJWM9TxbWqJT1RSBkfvraLUM7pIEFa+TwrC6RZV3856zZ24w/e5dSY
        ciWY3O9wK5ezphPXnKyD9th9lk964cmJoP2aqNKVrj4U7MdDWt4L6zA3XepfORhW
        zOWd49aWsrBa71SEhcAYxGhaZHBhheZk
        -----END CERTIFICATE-----
        """

    /// The signature of "hello" by the 1024-bit key, made by OpenSSL.
    static let helloSignature =
        "v3dZGqOb/5PF/kaiH1o/pG/AWJJwzpJYWrpJcScqoGnWMqhnQmAkiMRPm0wGbkDe4q+EmKYnfhYhlcHeznYjdwcsMk"
        + "sb9CXwFJKyCdD4YDbGo/82/dvbeTm5g/J7btBebvAG2euU6GDLYFa+mHakEdixlHBfC5GhPH3MmgJyN48="
}
