# Names that are not there: the message says where they were looked for, as the receiver is called.
class Shelf
  def self.inspect
    raise "not to be asked"
  end

  def below
    Missing
  end

  def count
    @@count
  end
end

module Room
end

def message_of
  yield
rescue NameError
  puts $!.class
end

message_of { Shelf::Missing }
message_of { Shelf.new.below }
message_of { Room.const_get(:Missing) }
message_of { Missing }
message_of { Shelf.new.count }
message_of { Room.class_variable_get(:@@count) }
message_of { Room.send(:remove_class_variable, :@@count) }
message_of { Shelf.send(:remove_const, :Missing) }
message_of { Shelf.const_get("missing") }
message_of { Object.new.remove_instance_variable(:@count) }
message_of { Struct.new(:width).new(1)[:height] }
