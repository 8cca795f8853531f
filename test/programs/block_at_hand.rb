# What a hook does on a frame that was given a block: the block is the program's, and runs only
# when the program calls it.
module Made
  def self.method_of(name, &block)
    singleton_class.__send__(:define_method, name) do |given|
      block.call("#{name} #{given}")
    end
  end

  def self.by_text(&block)
    class_eval "def self.written(given); :written; end", "written.rb", 1
    eval("block.call(:evaluated)", binding, "evaluated.rb", 1)
  end

  def self.in_thread(&block)
    Thread.new { :thread }.value
    Class.new { def self.name_it; yield :class; end }.name_it(&block)
  end
end

calls = []
note = ->(given) { calls << given }
Made.method_of(:made) { |given| note.call(given) }
Made.made("once")
Made.by_text { |given| note.call(given) }
Made.written(1)
Made.in_thread { |given| note.call(given) }
[1].each { |one| Made.define_singleton_method(:own) { one } }
p Made.own, calls
