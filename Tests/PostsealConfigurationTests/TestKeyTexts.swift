/// Keys made for these tests alone with `openssl genpkey`.
enum TestKeyTexts {
    static let rsa = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCje068pGTR6PYQ
        3fEkScAryXANwB2xUldCvSSc4XnLwBEKUBwgg4bEA7fJAzX7Q7IYxi65Xf9Y+pga
        Pd73zNRT3v95cyLhwGGomKsXZMV7kQUMV6pydnlwLga9k7MG+SrU2+F0y01SSQNu
        thdow6tbZT0F0tkteq60kus2jF99kjxUM99xL+/r2IQhnJwMsNiyo0CyPRGYnvI4
        vfUqM82/w//cU7FdjY6LQF91nCZ5Ibj5n1xeOZEn9ULpvfbb9l4lkL/z6tlSNG8m
        MyuifweLbSGDLDpdepAIICHbMMXKakYsILj43h41lyyL4YQWtbh1IAkf1saW8GST
        c4yPt7FRAgMBAAECggEAD2Zx8AgAeLGxtGcOl0ox8INaVevvdXZ57TnfdWkxeFsl
        1SCKIG9OG7BJ+NqflDA4BRNuRVyweD5VuRXI/POZBjRElrlHjkKkMHtT6rE91Tpq
        YlOZJTfkkAfAmiKMGS+8XtmTxH/TpIO8719Mlzw6K92T67TawT5Zr32uQLDlMfE/
        xrtA5aSyD9J4sgfI7Ri9AZPbrZMVycoWMfJCD2S+AzKvOG2FRCdN8rS/xaAHCmC7
        jPuJLmT0ntifHHVzXTcnzZ49fJ+mx7hypwyt3qkt3U5yTL+Z04S2h3GFZr4iugEE
        Fwhri3py41t0F1cEUPOaI/FneHLuDuXHKXHlCJM67QKBgQDQkj+nsHoUoAVoLuU2
        9zyJFg3QPRGwdalOXe6YMtlEqpqAWI1lqHsIhvCsLbFdcsLXX2Uytrc3/86CrhMD
        YOSTQhV1HxkmF1Kyy2F7rC0iwBZOMuLSXUGhLtAbgTrKbO60y1HEqbjzIxUSJMan
        wIVgbfYFa5nAN075HtfGzU4qFwKBgQDIqDdFRm3M2CqcC3c798OzfcCNxTWiXlSy
        E4uCjJ0H47gR7ZgIKH3D7QGEKNblLXgU/b45/rikG9bxj50xC2uYIRXKu7noxoDw
        B2qT1XZueGvIRoTDKrQA4Vrhsq1CCDJnQpJx1RF4ZsSHETWpiqW0Mvi4q3HYj28w
        BlxWLm9o1wKBgD6B5hPifuPZhWVQ0J8lf33yHxeuhbOlv6Td39i7PIQowP8ACvhR
        gvXuQwjG9OX1s9EKJPEK82QUBRcDBm23xyke4AFm3Ymd6cnty/xdgHVurgCnnXTA
        QCAHQJVNqInsFaoXWR0gZG5xsCns3aB+wTpCGj5LnhuON9vPU4mgE/HnAoGBAJxX
        bNEeIfkkSHbS/DEOSD428evER5jeNNGXJvEuDEAUbtwRKo7Ytb0Nkkvd4iootlJs
        rmXTkRvU0THfuxN2mXur86XFhQHYgKgEr0bGYIOMcjZWs6S5Rg0ViVEnfZVge503
        IpFs+TK9p8yxXQVfkOKJgH+qnYalo3Vgz1sazRV7AoGAG2Nd1AXoh/nwiTnC5G4F
        CuWLxTIK0sRDqybfUz1v5Nfw9H00ey2Pt78HdruGX7S0pq8HS4iEirwf4kDxb0JE
        bU6z7mF//zrLmDPN8HHbSQC1RBqo6aL2Ctd4ISUqBqiGgdar8g26aOGxwi6WmBEd
        Ku2AR0S6zPb+HfF2H7a1I/Y=
        -----END PRIVATE KEY-----
        """
    /// 1024 bits.
    static let shortRSA = """
        -----BEGIN PRIVATE KEY-----
        MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALc18t7Vj8KVk9j+
        JH0/pj+Bs2wJyOqsmugP029d+kCgFgn19K9DI7o3I+A6v/DXjDDqCeQ+aLWLqOYi
        NyH7mw/HHn0ILun9yW1iy49DgwfN8udPYeFZQP7jGLha0ihXot3gV0LVDoySmfy6
        JLdE8k1QdbsVWx988SR9sDLSiBBdAgMBAAECgYAmU6ThNPAEFuJ9DH15ri0LMAjm
        2w0q+rzVOypSK+jESDkUEF4FpBf/RrW8nM22hoEPYoZ7NwsUn4jPy+yYsVf4lGAb
        5gQj1RwqOlTOmWqYpV0bhUMjYbvGsbPUeEEF29MP/Kfn6aN6iR+whriit4QWnF4y
        AjwtU+oDW8KN7EbVyQJBANzmRRRF/Sz1zzE+rqtW2hZQjmmeppJzn20nRnLqK5Hk
        r7mcIdFSgp1eGjIxPzlDG+hoUj869EcupHMKXEO0A28CQQDUUpQ63VnW/RVQmh4P
        ZJGBAMa45iKZG5C6f7BYXIn+04H+/3WvKNJXCUn4E48MHhFkrSCHSXF0SaDCktXe
        xRLzAkEA0338AW8I+LTXjFRxM0ZSQy8ZSnJFFM5ygzUpM/iTgnkq7VBY6GpQ944T
        Ep8n4xEndRn8NOGi40v60tHGiGOfLQJAZKluC2ZsNIgydc9LlyKn9VBH5tt85bfy
        6uik04+0APOH+zxkMBIbfxYxUoL7W9RZjLCj7l/8gRRzOixhZ0dpzwJAQUQBN1Ua
        Xdzb0J/Fukeh5FWlcu4Cs5o/KKIuiRVpbeT3RXm4GVSfCuROnZQH5N5galWeEdlx
        32XUpHW6oFa2zA==
        -----END PRIVATE KEY-----
        """
    static let ed25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ/N/X8V8RBgj0Mnxs6AtuxumRVvB0UXMNboskGQYP1w
        -----END PRIVATE KEY-----
        """
    static let publicKey = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAo3tOvKRk0ej2EN3xJEnA
        K8lwDcAdsVJXQr0knOF5y8ARClAcIIOGxAO3yQM1+0OyGMYuuV3/WPqYGj3e98zU
        U97/eXMi4cBhqJirF2TFe5EFDFeqcnZ5cC4GvZOzBvkq1NvhdMtNUkkDbrYXaMOr
        W2U9BdLZLXqutJLrNoxffZI8VDPfcS/v69iEIZycDLDYsqNAsj0RmJ7yOL31KjPN
        v8P/3FOxXY2Oi0BfdZwmeSG4+Z9cXjmRJ/VC6b322/ZeJZC/8+rZUjRvJjMron8H
        i20hgyw6XXqQCCAh2zDFympGLCC4+N4eNZcsi+GEFrW4dSAJH9bGlvBkk3OMj7ex
        UQIDAQAB
        -----END PUBLIC KEY-----
        """
}
