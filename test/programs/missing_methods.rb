# Frames that a method's name does not tell: method_missing, respond_to_missing?, new → initialize,
# attributes that run Ruby code, operators and refinements that call super.
class Record
  def self.new(*amounts)
    super(amounts.sum, amounts.size)
  end

  attr_reader :total

  def initialize(total, count)
    self.total = total
    @count = count
  end

  def total=(total)
    @total = total.clamp(0, 100)
  end

  def method_missing(name, *amounts)
    return super unless name.to_s.end_with?("?")

    block_given? ? yield(@total) : amounts.include?(@total)
  end

  def respond_to_missing?(name, all = false)
    name.to_s.end_with?("?") || super
  end

  def +(other)
    Record.new(@total, other.total)
  end

  def [](place)
    [@total, @count].fetch(place)
  end
end

class Doubled < Record
  def total
    super * 2
  end

  def +(other)
    super
  end
end

module Loud
  refine Record do
    def [](place)
      super.to_s + "!"
    end
  end
end
using Loud

record = Record.new(3, 4)
p record.seven?(7), record.any? { |total| total > 5 }, record.respond_to?(:big?)
sum = Doubled.new(1) + Doubled.new(2)
p sum.total, sum[1], record[0]
record.total += 500
p record.total, record.method(:even?).call(100)
