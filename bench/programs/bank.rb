# frozen_string_literal: true

# Accounts between which money goes to and fro, now and then refused by an exception.
#
# 28 steps a round, as many as the first argument says: 1,000,000 steps unless told otherwise.
ROUND_COUNT = Integer(ARGV.fetch(0, "35300"))

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
rescue InsufficientFunds
  :refused
end

round = 0
while round < ROUND_COUNT
  if (round % 1000).zero?
    ann = Account.new("Ann", 100)
    bob = Account.new("Bob", 5)
  end
  transfer(ann, bob, 1 + round % 90)
  transfer(bob, ann, 1 + round % 80)
  round += 1
end
