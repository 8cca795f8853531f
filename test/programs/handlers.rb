# Blocks that the VM calls from outside: at_exit, END, signal handlers. Each is a call.
# Before Ruby 3.0 they are steps of a block.
# requires: 3.0
class Account
  attr_reader :balance

  def initialize(balance)
    @balance = balance
    at_exit { report("at_exit") }
  end

  def report(place)
    puts "#{place}: #{@balance}"
  end
end

account = Account.new(10)
signals = []

handler = trap("USR1") { |number| signals << number }
p handler
trap(:SIGUSR2, proc { signals << "two" })
Process.kill(:USR1, Process.pid)
Process.kill(:USR2, Process.pid)
p signals.size

%w[HUP WINCH].each do |name|
  trap(name) { |number| signals << Signal.signame(number) }
end
Process.kill(:HUP, Process.pid)
Process.kill(:WINCH, Process.pid)
p signals.last(2)

# A handler that the program calls itself is a call, too; a block that it passes on is none.
again = trap("USR1", "DEFAULT")
again.call(0)
[1].each { |one| at_exit { puts "second to last, #{one}" } }

at_exit do
  error = $!
  puts "ends by #{error.class}"
  at_exit { puts "registered late" }
  raise ArgumentError, "in at_exit" if error.nil?
rescue ArgumentError => e
  puts e.message
end

END { puts "END of #{account.balance}" }
trap("EXIT") { puts "trap EXIT" }
at_exit {}
lambda { |x| at_exit { puts x } }.call(3)
