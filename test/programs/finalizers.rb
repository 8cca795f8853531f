# Finalizers: a method in C, called while the program runs; one that is taken back.
class Resource
end

def drop(collected)
  10.times { ObjectSpace.define_finalizer(Resource.new, collected) }
end

GC.disable; ids = Queue.new # none but the one below
puts drop(ids.method(:push).to_proc)
GC.start
puts ids.empty?
kept = Resource.new
ObjectSpace.define_finalizer(kept, proc { raise "never shown" })
ObjectSpace.undefine_finalizer(kept)
puts "end"
