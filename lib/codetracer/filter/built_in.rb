# frozen_string_literal: true

# The built-in filter: the first source of every recording. Only the program's own code is recorded,
# and what is called like a secret is not shown.
#
# Used by Rules. Later rules choose other code and other values, but they do not lift this
# redaction: only a pattern that names the very variable does (doc/filters.md).
module CodeTracer
  module Filter
    module BuiltIn
      PATH = "<inline:builtin-default>"
      # Of TEXT; a test compares, so that no recording loads a digest library.
      DIGEST = "37b8e2a75a46ed93878d716d72bc8799c70055f7a5ab6774ff6806b7feb118fb"

      # Compared with the words of a name joined, one to four in a row: "api_key", "apiKey" and
      # "APIKEY" are "apikey", while "monkey" and "company" are words of their own.
      SECRET_NAMES = %w[
        password passwd pwd passphrase passcode passwordhash passworddigest pass pw
        userpassword dbpassword databasepassword newpassword oldpassword currentpassword
        secret secretkey secretkeybase clientsecret sharedsecret appsecret apisecret
        consumersecret webhooksecret totpsecret otpsecret signingsecret
        token accesstoken refreshtoken idtoken authtoken bearertoken apitoken sessiontoken
        csrftoken xsrftoken resettoken devicetoken oauthtoken authenticitytoken csrf xsrf
        apikey accesskey accesskeyid secretaccesskey privatekey sshkey signingkey encryptionkey
        masterkey hmackey clientkey servicekey deploykey licensekey sharedkey aeskey rsakey
        keymaterial keystorepassword privatepem
        credential cred authorization authorisation proxyauthorization auth oauth bearer jwt
        cookie setcookie sessionid sessionkey sessioncookie sessionsecret jsessionid phpsessid
        otp totp mfacode otpcode verificationcode recoverycode backupcode pincode cardpin
        creditcard debitcard cardnumber cardno ccnumber ccnum pan cvv cvc cvn cardcode
        securitycode iban accountnumber routingnumber ssn socialsecuritynumber socialsecurity
        passportnumber taxid
      ].freeze

      # A name that ends in one of these tells about a secret and is none: token_count.
      TELLING_WORDS = %w[
        count counts size sizes length lengths type types kind kinds index limit max min format
        policy error errors valid invalid present required expired expiry expires ttl age strength
        name names file files path paths dir folder sock host port enabled disabled
      ].freeze

      TEXT = (SECRET_NAMES + ["--"] + TELLING_WORDS).join("\n").freeze
    end
  end
end
