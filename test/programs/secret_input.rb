# Secrets that are read from standard input: seen as such only once they stand under their names.
# None of them may be in the trace; test/recorder/redaction_test.rb looks.
# stdin: golden-line-1\nplainword\n10101\ngolden/half+golden-half\ngolden-arg-4\ngolden-ivar-5\ngolden-key-6\nfriendly\n

class Vault
  def initialize
    @secret = gets.chomp
  end
end

def unlock(password)
  password.size
end

def chat
  friendly = gets; puts friendly
end

print "Name: "; password = gets.chomp; puts "thanks"
api_key = $stdin.gets.chomp
cvv = $stdin.gets.to_i
passphrase = $stdin.read(11) +
             $stdin.readpartial(12)
gets
unlock(gets.chomp)
Vault.new
settings = {}
settings[:token] = $stdin.getc + gets.chomp
Thread.new { chat }.join
puts [password, api_key, passphrase].map(&:size).inspect, cvv.digits.size, settings.size
