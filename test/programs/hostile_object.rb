# Whatever a recorder might call on a value raises, prints or counts.
class Hostile
  NAMES = %i[
    inspect to_s to_str to_a to_ary to_hash to_h class == eql? equal? hash respond_to?
    respond_to_missing? instance_variables instance_variable_get is_a? kind_of? instance_of?
    object_id __id__ method_missing members name frozen? encoding size length each nil? itself
  ].freeze

  def initialize
    @field = 1
  end

  verbose = $VERBOSE
  $VERBOSE = nil
  NAMES.each do |name|
    define_method(name) do |*|
      $calls << name
      raise "#{name} was called"
    end
  end
  $VERBOSE = verbose

  def keep
    local = self
    @field += 1
    local
  end
end

class LyingClass
  def self.name
    $calls << :class_name
    raise "no name"
  end

  def self.to_s
    "LyingToS"
  end

  def self.inspect
    raise "no inspect"
  end
end

class HostileArray < Array
  %i[each size length to_a inspect [] first].each do |name|
    define_method(name) { |*| $calls << name }
  end
end

class HostileHash < Hash
  %i[each size length to_h inspect [] each_pair].each do |name|
    define_method(name) { |*| $calls << name }
  end
end

class HostileString < String
  %i[to_s inspect size bytesize encoding to_str valid_encoding?].each do |name|
    define_method(name) { |*| $calls << name }
  end
end

$calls = []
hostile = Hostile.new
kept = hostile.keep
lying = LyingClass.new
array = HostileArray.new([1, 2])
hash = HostileHash.new
hash.store(:key, hostile)
string = HostileString.new("text")
puts "calls: #{$calls}"
