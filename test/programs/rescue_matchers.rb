# Clauses whose classes answer `===` in Ruby: an exception is rescued where one says yes, not where
# the first that was asked returns.
def hold
  yield
end

module No
  def self.===(error)
    error.message.include?("no such text")
  end
end

module Yes
  def self.===(error)
    error.message.include?("deep")
  end
end

def asked
  [1].each { |one| hold { [one].each { raise ArgumentError, "deep" } } }
rescue No
  :no
rescue *[No, Yes] => error
  error.class
ensure
  puts "ensured"
end

# Nobody says yes: it goes on.
def passed_on
  hold { raise KeyError, "deep key" }
rescue No
  :no
end

p asked
begin
  passed_on
rescue Yes
  puts "passed"
end

# A method that a clause calls by itself may fail, too.
class Failing
  def self.===(error)
    raise TypeError, "asked of #{error.message}"
  end
end

begin
  begin
    hold { raise "first" }
  rescue Failing
    :never
  end
rescue TypeError => error
  puts error.message, error.cause.message
end
