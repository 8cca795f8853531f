# requires: 3.0
# Methods called by another name than the one they were defined by: both are told.
class Account
  attr_reader :balance

  def initialize
    @balance = 0
  end

  def add(amount)
    @balance += amount
  end
  alias plus add
  alias_method :deposit, :plus
  alias + add

  define_method(:empty!) { @balance = 0 }
  alias clear empty!

  def self.open
    new
  end
  singleton_class.alias_method :start, :open
end

class Savings < Account
  alias save add
  alias_method :add_plainly, :add

  def add(amount)
    add_plainly(amount * 2)
  end

  def plus(amount)
    super(amount + 1)
  end
end

module Loud
  def add(amount)
    puts "adding #{amount}"
    super
  end
  alias add_loudly add
end

account = Account.start
account.add(1)
account.plus(2)
account.deposit(3)
account + 4
account.public_send(:plus, 5)
account.method(:plus).call(6)
p account.balance, account.clear

savings = Savings.new
savings.save(1)
savings.add(2)
savings.plus(3)
savings.extend(Loud)
savings.add(4)
savings.add_loudly(5)
p savings.balance

class Integer
  alias_method :plain_succ, :succ
  def succ
    plain_succ + 1
  end
end
p 3.succ

def greet(name)
  "hello #{name}"
end
alias welcome greet
puts welcome("you")
undef greet
puts welcome("still")
