# Objects that are shown by what was declared of their class, as `--serialize` and
# CodeTracer.serialize declare it: by the pairs of a hash, by a set of attributes, by a choice.
# options: --serialize Record=@attributes --serialize Row=@cells --serialize Person=[@given,@unset]

# The shape of ActiveModel's attributes, and of ActiveRecord's objects.
module Model
  class Attribute
    def initialize(name, before_type_cast, type)
      @name, @value_before_type_cast, @type = name, before_type_cast, type
    end

    def value
      @value = @type.call(@value_before_type_cast) unless defined?(@value)
      @value
    end
  end

  class AttributeSet
    def initialize(attributes)
      @attributes = attributes
    end

    def [](name)
      @attributes[name]&.value
    end
  end

  # What the database said becomes attributes as they are asked for.
  class LazyAttributeSet < AttributeSet
    def initialize(values, types)
      super({})
      @values, @types, @casted_values = values, types, {}
    end

    def [](name)
      @attributes[name] ||= Attribute.new(name, @values[name], @types[name])
      super
    end

    def peek(name)
      @casted_values[name] = @types[name].call(@values[name])
    end
  end
end

class Record
  def initialize(attributes)
    @attributes, @new_record, @association_cache = attributes, true, { "parent" => self }
  end

  def [](name)
    @attributes[name]
  end

  def peek(name)
    @attributes.peek(name)
  end

  def respond_to?(*)
    raise "asked"
  end
end

class Invoice < Record
end

class Row
  def initialize(cells)
    @cells = cells
  end
end

class Person
  def initialize(given, family)
    @family, @given = family, given
  end
end

number = ->(text) { Integer(text) }
word = ->(text) { text.upcase }
made = Record.new(Model::AttributeSet.new(
                    "id" => Model::Attribute.new("id", "7", number),
                    "name" => Model::Attribute.new("name", "ann", word)
                  ))
made["id"]
found = Invoice.new(Model::LazyAttributeSet.new({ "id" => "1", "state" => "open", "note" => nil },
                                                "id" => number, "state" => word))
found.peek("state")
found["id"]
rows = [Row.new({ "a" => 1, b: [2], "secret_token" => "abcdefgh" }), Row.new({}), Row.new(nil),
        Row.new({ 1 => 2, nil => 3, "x" => 4 }), Row.new({ "a" => 1, a: 2 })]
itself = Row.new({})
itself.instance_variable_get(:@cells)["me"] = itself
people = [Person.new("Ann", "Lee"), Person.allocate]
puts made["name"], found["id"], rows.size, itself.class, people.size
