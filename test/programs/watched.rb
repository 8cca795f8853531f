# Global and class variables that --watch names, shown on the steps where they changed.
# options: --watch $level,$never,$api_key,@@count,@@shared,Ledger.@@total,Ledger::Page::@@seen,$!,$VERBOSE

$level = 1

class Ledger
  @@total = 0
  @@count = 10

  class Page
    @@seen = []

    def look(entry)
      @@seen << entry
      @@seen.size
    end
  end

  def add(amount)
    @@total += amount
    @@count += 1
    self
  end

  def self.reset
    @@total = 0
  end
end

module Shared
  @@shared = :of_the_module

  def share(value)
    @@shared = value
  end
end

class One
  include Shared
end

class Other
  include Shared
  @@count = 20

  def count
    @@count += 1
  end
end

def raise_level(by = $level += 1)
  $level += by
  alias $same $level
  $same = "high"
  $level << "er"
end

ledger = Ledger.new
ledger.add(5).add(7)
Ledger.reset
raise_level
$level = $level.dup
Ledger::Page.new.look("a")
Ledger::Page.new.look("b")
One.new.share(1)
Other.new.share(2)
Other.new.count
ledger.add(1)
$api_key = "k-1234567"
$api_key = "k-7654321"
$VERBOSE = $VERBOSE
begin
  raise "seen"
rescue RuntimeError
  $level = nil
end
Thread.new { $level = [1] }.join
puts ledger.class, $level.inspect
