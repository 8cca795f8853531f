# Texts with secrets in them, and texts that only look so: both recorders have to mask the same.
TEXTS = [
  "password=hunter2secret ok", "Password: hunter2x, next", "{\"password\"=>\"ab\\\"cd\", :x=>1}",
  "user[password]=a%20b&x=1", "\"api_key\": \"zzz-111\"", "\\\"token\\\":\\\"q1w2e3\\\",",
  "Authorization: Bearer abc.def\nnext: x", "Cookie: a=b; c=d\r\nHost: x", "token = #<Foo>",
  "password = nil", "a::token::b", "password==x", "card 4111 1111 1111 1111.", "4111111111111111x",
  "id=4111111111111112", "postgres://u:p4ss@h/d http://h:80/x?a@b",
  "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\ntail",
  "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----\nabc",
  "xAKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLE_ AKIAIOSFODNN7EXAMPLE",
  "eyJhbGciOi.eyJzdWI.sig-x eyJ.eyJ", "ghp_012345678901234567890123456789abcdef",
  "token_count=5 secret_type: x cardholder=bob company=acme tokenizer: y",
  "SECRET_KEY_BASE=deadbeef01", "DB_PASSWORD='p q r'", "password:\tx\n", "auth=1", "-token: x9",
  "é password=é9 ü", "\xFF\xFE password=z1", "password=aaa password=bbb token:ccc111 plain",
  "clientSecret:abc1", "x-api-key: k1k2", "password=", "password: ", "sk-abcdefghijklmnopqrstuvwx",
  "sk_live_0123456789abcdef", "monkey=1 turkey: 2"
].freeze
PARTS = [
  "password", "token", "=", ":", "=>", "\"", "'", "\\", " ", "\n", "abc1", "]", "[", "&", ",",
  "4111111111111111", "AKIAIOSFODNN7EXAMPLE", "eyJhbGciOi", ".", "://", "@", "-----BEGIN ",
  "-----END ", "-----", "KEY", "x", "_", "-", "Bearer ", "cookie", "nil", "5", "é", "\xFF"
].freeze
RANDOM = Random.new(1)

def show(text)
  $stdout.write(text, "\n")
end

TEXTS.each { |text| show(text) }
100.times { show(Array.new(RANDOM.rand(1..14)) { PARTS[RANDOM.rand(PARTS.size)] }.join) }

# Known by its value once it stood under a secret's name.
class Login
  def initialize(password:, note: "see abc-777-x")
    @password = password
    @note = note
  end

  def password_of(user)
    user.size
  end
end

login = Login.new(password: "abc-777-x")
copy = "xx abc-777-x yy"
login.password_of(copy)
