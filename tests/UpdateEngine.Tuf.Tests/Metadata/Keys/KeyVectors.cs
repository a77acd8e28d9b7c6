namespace UpdateEngine.Tuf.Tests.Metadata.Keys;

/// <summary>Keys and signatures over "the message" that OpenSSL 3 made. Keys are the base64 of their DER form.</summary>
internal static class KeyVectors
{
    public const string Rsa2048 =
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyPsVClIrIuuTUD+k5TCINRClFYE9v4nJa6Zi+uFZbD0dTGN2sB3l+7hH"
        + "b+y1CtDIg28pjp8bEvuOzdGKcdpDD+PNzhf605HmBW4wsgZOfrN6q/d0G1Z6Sc1VuC8RjznK//9aFMNPGzxD0NRJ7P4VSXSx8BRg"
        + "aU/FjZQqJXTbaECX7JBIzhSHsrJoWKgC5fpkBBtW0KOiJDw83r+UG3WSEiAgPziZ5wuFHsoUJwwVrijXkgt4mD955SAFW09d6nsL"
        + "GpbyyxF4DQpmbxnprk6fxepVrxbu9kvkzWztvOaadFXFWMWu70MvXNnrVR/6y4uXnB0biJV0R+gyueTIpwSmtQIDAQAB";

    public const string Rsa2048Pkcs1 =
        "MIIBCgKCAQEAyPsVClIrIuuTUD+k5TCINRClFYE9v4nJa6Zi+uFZbD0dTGN2sB3l+7hHb+y1CtDIg28pjp8bEvuOzdGKcdpDD+PN"
        + "zhf605HmBW4wsgZOfrN6q/d0G1Z6Sc1VuC8RjznK//9aFMNPGzxD0NRJ7P4VSXSx8BRgaU/FjZQqJXTbaECX7JBIzhSHsrJoWKgC"
        + "5fpkBBtW0KOiJDw83r+UG3WSEiAgPziZ5wuFHsoUJwwVrijXkgt4mD955SAFW09d6nsLGpbyyxF4DQpmbxnprk6fxepVrxbu9kvk"
        + "zWztvOaadFXFWMWu70MvXNnrVR/6y4uXnB0biJV0R+gyueTIpwSmtQIDAQAB";

    public const string Rsa2049 =
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAo0Lafu4WhJv7TVKSEX0v1Ieh8/bd6Wj0+mgRwHqJXgdRnVX4jDCKVIZN"
        + "qJWSkmNc+T8U1Fkxztwp7k/s7BWuuuT0AxN/yeYlv/esVaskNhQI6VplRMy/5e7LSAdzC4mVxZ3Bc5qPTsZxcUPd4+nwanwLI4E0"
        + "FwibZtn6rbeacq4gbc1fTxcghVJ4qLVCvGdLv9xkUxhwGPe9zc03G5YrCxERcuaIIedNe60R0zqfDloCPYBRZPIR08uKy5SOJtZq"
        + "svYmls26oL+BWocTaAzwc9R+c5YG5MeL/Uze/IVJ5N9sTapjzQ1OJALJZut/ARgGeg+Sp7k8PdhRy/LutljhGwIDAQAB";

    public const string Rsa2049Pkcs1 =
        "MIIBCgKCAQEAo0Lafu4WhJv7TVKSEX0v1Ieh8/bd6Wj0+mgRwHqJXgdRnVX4jDCKVIZNqJWSkmNc+T8U1Fkxztwp7k/s7BWuuuT0"
        + "AxN/yeYlv/esVaskNhQI6VplRMy/5e7LSAdzC4mVxZ3Bc5qPTsZxcUPd4+nwanwLI4E0FwibZtn6rbeacq4gbc1fTxcghVJ4qLVC"
        + "vGdLv9xkUxhwGPe9zc03G5YrCxERcuaIIedNe60R0zqfDloCPYBRZPIR08uKy5SOJtZqsvYmls26oL+BWocTaAzwc9R+c5YG5MeL"
        + "/Uze/IVJ5N9sTapjzQ1OJALJZut/ARgGeg+Sp7k8PdhRy/LutljhGwIDAQAB";

    public const string Rsa2048Salt0 =
        "979f89ccb9d409aaf424fe529b655e61952f103eb5af489637265a9cee12909410860128deabe7d92e8b6cab288db3e28321"
        + "a3101c54df1f0a24e0335f097bd4bb185c245e81446c581edc33e6b403fb8ffec33ee25cdb04bc484804b80ab1473936ed97"
        + "10755aed23c84982095caf55dd37445d8243d5c6357146943613fa3c319e3c472a7946ba1429916ca33eae5ea9c861ab1ce6"
        + "1f13e4a0c19dd996379ec51e94f68a7b48a5a5802a24ed88b1c26bb5ffe22210edd2602741d5690bc904d23367221482bf41"
        + "b1830b805437e91873be02e7c0361f119c281948ef9f47920e5b9b089176dbebb4810b3eae6cd16c0b94996a254332829b38"
        + "ac4857ff88d2";

    public const string Rsa2048Salt20 =
        "7846db0e8caea496ccf43da22b3e749f09fcbadd5ca554bd9f55dfc16fc86b2e644dabd4af874c63e2bf7f2827fe759ff6f4"
        + "c4018d7e6207e1a91b55a902fb03e4837039b9548bb2d298300cc8b80c50088201030a1e4304c0073ac8e7898662d453d531"
        + "6447217d673dda448457da44d433f2229f85c27a46374034c82a96768a0f3a2a0d51483bf09440a16549b7d34cda809dc007"
        + "fda9371c588cfe74bfccfda32d33e3a4bd840f77ca669ee31d82289493d58edde077b3d79a77939ab66512995ca0a2a93ce9"
        + "2c5809748a63a11e562588835bd5e62b39e8f553c098490887970c4a7c7ce765eaf3b8f5be386b546728c005ffe1581488a2"
        + "5ae796c81825";

    public const string Rsa2048Salt32 =
        "1c4aba4a28106dff823574663f122d3cd71a4c2a43236c4ae859d8b93e2ec58c39ac56280ef5ca75336b0f86aa937cd36ea9"
        + "9f2bc3a7868d539a34015c4aaa2ae624f7af4078b22d149c188c226119d6b160912042c6b30bfdde6c74aa1aa6e24c072ab9"
        + "179d68fbf3db8f9577dc112b2efa79cb607a447c1c89329bc150643e2b4d59ecd016fc90ec5eef94b5752d2f95fc0e5c6e7e"
        + "69c88caf32ab5a4164d849fb17d52114b0e7cfc9d76ee44b3a1b9f4c33c89a91315d5dd626125665166b2329821a9be06151"
        + "de41431f8a60d308b034b57f844faf210cd6c78408f19993bba675560d3a9e1ac5e79c12ad58931c70ef38a6afea13f70193"
        + "9ba5b2d3ecf5";

    public const string Rsa2048Salt64 =
        "295d1ac3e51ba43628ee63b86c2bc4985f0aa4c70deeaa151de340755aeb2140468e65c9bd38fc36a4f3d4afca5b846b6aae"
        + "071c85ed3a1a0b2f5304693817b2afd5fa23eee7c273acf7e3798c0511f0ab57fa42843e78302f79b4d7db0110821c4a252a"
        + "f779fc4b0ef149ed93eb5daebc43afd55039d7f36fbaa57d6b3bef62329dfee1478786d91010efe52e5a3f368082731f9996"
        + "a6a150320db237b7476b33b7f176960ec1ec48b46275c37ef95fa99f96a94b6922b6006149937bd7d6f2e59ed9aac94e5ea5"
        + "8031a7019eecde3d460380c01011dbc8ba8d284969cdb700a3ff21ff561712a1c138cf79dd76add93eba12c1e50b09f06f64"
        + "253315117feb";

    public const string Rsa2048SaltMax =
        "40abcefa14f2990f8f95abaf5b40c6031cd69b4d0e896134df55eff90d1a03059bdf76d240e70d840390b31ec469bb03a9d5"
        + "ae1d69d9ec942187e57f02c4ea95206efbe64fe1acd44b868ee5aa3b48e2392c975fcbcb4a3f7dbc542bf60873649cfadfef"
        + "90be95cd5618469c541bd10da857ba67cddbbea9d9b04834f63348485b64a5032413c0311378176b9d662c1dfd401a142708"
        + "cefa4d6d0f87cb608244da93350f1048a522353ae313bb1f035a9cc852d907e4588da30af64f6d4920ae985cd40eaf4a8927"
        + "61bf4f6669afa53495684e385bcb4e9204fb372a9affc2ce0e444361edf75f5243a7a121a1778055db2107478ddd278ac58a"
        + "449aee38257c";

    public const string Rsa2049Salt0 =
        "76f8698022fd0b0727cc0901eda3fd76354dbe0a8c14d9db9a296a9717f4532748ac8ac4cd66b7aeba1b5a8a85235489c5ce"
        + "ea3a6f3a3338181e491d24508bff7cdcad7429b0595b8dcc438a1bda611060eb22c2edca2a5fce6d9aa722aedf1dc2ec8a64"
        + "b5f672ee7b8575a09ee59340c865d12cb90e3cec8427f9cb3756b1c4a5da519fa0788789c9370c215be471944c7fcb04e519"
        + "434715e669a1623f367bdf9359c54400f7c865315839763c46feb9545d3f2845403f583e1ede56aa3a9cc6dbf08f8eed10a3"
        + "4a748b580ee4d005f53b3768d79ae3aeaf3ab4e1ec9cb18dda890774d3a8dc6afee44cf7b160c1eb00648d8fb72e453ad84b"
        + "10301b225af2";

    public const string Rsa2049SaltMax =
        "6618904621b2bce4d53a79990025892a9cde07528040d9d34da12c42786374a5f3233286788af0a3ca60d365e406b00497db"
        + "00786e19a36fbcc0a775fa9805d24d4600d339cb7284bce7049a1637e8849bbb6b9f167a364706a5d4d75c57ecb97c32bcaf"
        + "e404a145f00b696ffd5abb80c0798ecd94fa0de2b9f48fd2d1d0b105d415940587fad3864c9ac5b07102c26023c6ed4626c9"
        + "644ee7786971eed8f0b5797eb41b3fbd5f70604acb5c34f295b3aad548bf8b74e0055f11768b003326354ef8762c61c328af"
        + "a60c1e0a3cc378cdc671365fdbf3e19787fe79dc26bf21cef469aabaef22eb98b3a73d661f3e3d15e1bd26b950b939760dbd"
        + "5866d44252fa";

    public const string Rsa2048MaskSha1 =
        "1c7f9c1ee3ac7ee909ddc32f44c5af145864b3ce073a7775b5a6ed8e22cb164790b307a0de9006fcd06734ce944f0be04f32"
        + "24400bcebe5d6302b19b800314aba402bbcb5e1fc690f518184697f689dd3d4704beefc2aee6cbd33eff84855978055da206"
        + "79be58e235612109b06002399eca0ac0ea49563ccf86045bd0e0fa0d7a3c870973decb6ce43693d31da8e9bc515d077670c2"
        + "47daf058c420c8e8d1997a03ca9e545dc3ef6a6b3810fac78300564a0e112b93c0d318ba28764a4d70d455773d1912ed5cc5"
        + "03794213ee9705f404a7d979c64419c96955e7ba6dd478fad778328a23fc624ae6e4a6a7b0bfa7cfcc260880a14ea8e82d49"
        + "23d01ee06535";

    public const string Rsa2048Pkcs1Signature =
        "01b41cb1881c15912f2d3208bc450142cf7f849443bf2087113c9c95d9357dbbaddd33fa2240e0bce1c868784e6458cfe091"
        + "86028aeab81e0e62f1843764d5f6e988e0473792f77451eb897a700f5f8da9b41e1708fc8db9b4ae80204f0d88f33edd7371"
        + "2e4d114339150bd06369f0f874b2ef6ca7a9055f1f7775c7e57857d298a9708b4ef975f3cb8b562a4202e4dadafa3e7f2788"
        + "8a9f16cb644be1c1d9665d3bbfc364fcc00a690a8064ba65e97c9d7405663e8b416a628a6b9d43bcee8075297d89bd86156a"
        + "97d040ade7965b6401640fefe6d48af546316fb1c5fd797924c4ab45e783a5e70aaa90d9740a7d8557b7e09a1646538a2781"
        + "e6879a8eb0c9";

    public const string P256Even =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4Gv+VNwoRU1IALgiK2u9RVHX3vTUvCgt0kjgvWIB84LU7kpQtZZz2OW1mqkbTNlM"
        + "UjcbbDv27Y01gnEQSyc05A==";

    public const string P256EvenPoint =
        "04e06bfe54dc28454d4800b8222b6bbd4551d7def4d4bc282dd248e0bd6201f382d4ee4a50b59673d8e5b59aa91b4cd94c52"
        + "371b6c3bf6ed8d358271104b2734e4";

    public const string P256EvenCompressed = "02e06bfe54dc28454d4800b8222b6bbd4551d7def4d4bc282dd248e0bd6201f382";

    public const string P256EvenSignature =
        "3045022100ca3d2278cd7087e992bb1cf017b4d652a48b15dad7d3c2999eae7a8cd42d9dd7022058caafde325b6d73a62aa2"
        + "88532affc8591d6e2b6654b158e7524fffdc6b9052";

    public const string P256Odd =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEV3VvKfSimqKmTstg0yagSNUEn/u5Mrs6xWGbkyz59h+xxyFFwh6XkozqUF17qXLk"
        + "Xxulfnvv3laHZ2VoQF+lbQ==";

    public const string P256OddPoint =
        "0457756f29f4a29aa2a64ecb60d326a048d5049ffbb932bb3ac5619b932cf9f61fb1c72145c21e97928cea505d7ba972e45f"
        + "1ba57e7befde5687676568405fa56d";

    public const string P256OddCompressed = "0357756f29f4a29aa2a64ecb60d326a048d5049ffbb932bb3ac5619b932cf9f61f";

    public const string P256OddSignature =
        "3045022029caa0cf6f00cb2a72e412930b2deda69c8442ad24a8bb78fbf9ce2bac087fad022100ca9998d9635d2d8d5d9ef7"
        + "f19a944288b7168e074dad0ffc84b148dfdfced19d";

    public const string P384Even =
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEq+ULrGiW3vPxpCT0KlYcvNAIJAsd7zF/SnmML8wVPJLh8S2IjRo5j6LMHqxgv4arJs0O"
        + "qWUckaswoAlJUkeBwUoSeUPPnpQVV5xiHDBZyca6bja7Z9nx/uMNMmKS/C7Q";

    public const string P384EvenPoint =
        "04abe50bac6896def3f1a424f42a561cbcd008240b1def317f4a798c2fcc153c92e1f12d888d1a398fa2cc1eac60bf86ab26"
        + "cd0ea9651c91ab30a00949524781c14a127943cf9e9415579c621c3059c9c6ba6e36bb67d9f1fee30d326292fc2ed0";

    public const string P384EvenCompressed =
        "02abe50bac6896def3f1a424f42a561cbcd008240b1def317f4a798c2fcc153c92e1f12d888d1a398fa2cc1eac60bf86ab";

    public const string P384EvenSignature =
        "306502302f41f311f3524cb47d43b9696edea9893a651fa5f2b817ae8a81874b54525a0804f48ca3fef541702ef9f44d6f3f"
        + "84af023100858a2add057460ce47fcce0bddc6a70cc7327a7da0641f21ad6fd79efae2686b58fddc5156f917febf5e2c7b21"
        + "19f526";

    public const string P384Odd =
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEmaKSfzjyZWPLWlL9SbWxIVzaw2ogJ7pPSkETK3bcvv44RetPoeaDpzVb8Q6LFeOXDNDi"
        + "5/18HFAPOGFjcRfsAKPqW3hCBsMlZjf2UeQ56bOzKFMMACEzmYAzzyVUPlVp";

    public const string P384OddPoint =
        "0499a2927f38f26563cb5a52fd49b5b1215cdac36a2027ba4f4a41132b76dcbefe3845eb4fa1e683a7355bf10e8b15e3970c"
        + "d0e2e7fd7c1c500f3861637117ec00a3ea5b784206c3256637f651e439e9b3b328530c002133998033cf25543e5569";

    public const string P384OddCompressed =
        "0399a2927f38f26563cb5a52fd49b5b1215cdac36a2027ba4f4a41132b76dcbefe3845eb4fa1e683a7355bf10e8b15e397";

    public const string P384OddSignature =
        "306502303b824e7f00084e0a9d1280317d06e8f62496e82641d2f5759e9e6b7541021e084afb1f67b60837f8638ed14bdc12"
        + "5c5b023100d32976ede9786b123b42bee6cf821717efb48dcbe62795e82baeca307ad9c47b4e2caeed63ac852564f38b21de"
        + "0d3468";
}
