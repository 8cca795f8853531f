# Exceptions of the program's own, raised and rescued across calls.
class InsufficientFunds < StandardError
  attr_reader :missing

  def initialize(missing)
    @missing = missing
    super("missing #{missing}")
  end
end

class Account
  attr_reader :balance

  def initialize(owner, balance)
    @owner = owner
    @balance = balance
  end

  def withdraw(amount)
    raise InsufficientFunds.new(amount - @balance) if amount > @balance

    @balance -= amount
  end

  def deposit(amount)
    raise ArgumentError, "amount must be positive" unless amount.positive?

    @balance += amount
  end
end

def transfer(from, to, amount)
  from.withdraw(amount)
  to.deposit(amount)
  :done
rescue InsufficientFunds => e
  puts "refused: #{e.message}"
  :refused
ensure
  puts "#{from.balance} #{to.balance}"
end

ann = Account.new("Ann", 100)
bob = Account.new("Bob", 5)
p transfer(ann, bob, 70)
p transfer(ann, bob, 70)
begin
  bob.deposit(-1)
rescue ArgumentError => e
  puts "#{e.class}: #{e.message}"
end
