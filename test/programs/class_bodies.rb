# Bodies of classes, modules and singleton classes: calls with `self`, their variables, their ends.
class Account
  limit = 3
  LIMIT = limit * 100
  attr_reader :owner

  class Error < StandardError
    def reason
      :unknown
    end
  end

  module Rounding
    digits = 2
    DIGITS = digits
  end

  class << self
    opened = true
    attr_accessor :opened
  end
end

class Account
  reopened = LIMIT
  @instances = reopened - 300
end

class Account::Audit; end

def superclass_of(name)
  raise ArgumentError, "no class #{name}" unless name == :account

  Account
end

class Savings < superclass_of(:account)
  rate = 2
end

begin
  class Broken < superclass_of(:nothing)
    never = 1
  end
rescue ArgumentError => e
  puts "#{e.message}, #{defined?(Broken).inspect}"
end

begin
  module Outer
    depth = 1
    class Inner
      depth = 2
      raise Account::Error, "in a body"
    end
  end
rescue Account::Error => e
  puts e.message
end

class Careful
  begin
    raise Account::Error, "rescued in the body"
  rescue Account::Error => e
    puts e.message
  end
  done = true
end

caught = catch(:out) do
  class Thrown
    throw :out, 5
  end
end
puts caught

one = Object.new
class << one
  mood = :calm
  def mood
    :angry
  end
end

# These are blocks.
Made = Class.new(Account) do
  made = self
  def made?
    true
  end
end
Account.class_eval do
  evaluated = name
end
Account.class_eval("class FromText; text = 1; end")

p Account.opened, Savings.superclass, one.mood, Made.new.made?, Account::FromText
