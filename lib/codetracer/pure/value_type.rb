# frozen_string_literal: true

# What the trace knows under one class name: the ends of its values, `,"type_id":7}`.
#
# Used by ValueTree and Scalars. A type is told to the trace once, and in the native recorder's
# order (WantedTypes); until then its ending is nil. Mirrors libctrace/src/value/snapshot_types.c.
require_relative "table"
require_relative "text"

module CodeTracer
  module Pure
    class ValueType
      # The format's TypeKind numbers.
      SEQUENCE = 0
      STRUCT = 6
      INT = 7
      FLOAT = 8
      STRING = 9
      BOOL = 12
      REFERENCE = 14
      RAW = 16
      ERROR = 24
      TUPLE = 27
      NONE = 30

      attr_reader :name

      # `types` tells the trace: type_id(kind number, name, field names or nil).
      def initialize(types, name)
        @types = types
        @name = name
        @endings = Table.by_identity
      end

      # hot
      def ending(kind)
        @endings.get(kind)
      end

      def define(kind)
        @endings.put(kind, ",\"type_id\":#{Text.decimal(@types.type_id(kind, @name, nil))}}")
      end

      # Of an object without fields.
      def shape
        @shape ||= Shape.new(@types, @name)
      end

      # The names of an object's fields, each with the next one: a tree that grows with what is met.
      class Shape
        # Forms: has an identity, has a rest that is not shown.
        PLAIN = 0
        NUMBERED = 1
        CUT = 2

        attr_reader :before, :field

        def initialize(types, class_name, before = nil, field = nil)
          @types = types
          @class_name = class_name
          @before = before
          @field = field
          @longer = Table.by_identity
          @endings = Table.by_identity
        end

        # The shape with one more field, by its Symbol. hot
        def with(symbol)
          @longer.get(symbol) || lengthen(symbol)
        end

        # hot
        def ending(form)
          @endings.get(form)
        end

        def define(form)
          id = @types.type_id(STRUCT, @class_name, fields(form))
          @endings.put(form, ",\"type_id\":#{Text.decimal(id)}}")
        end

        private

        def lengthen(symbol)
          field = Text.escape(Core::SYMBOL_TEXT.bind_call(symbol))
          @longer.put(symbol, Shape.new(@types, @class_name, self, field))
        end

        def fields(form)
          names = form & CUT == 0 ? [] : ["…"]
          shape = self
          while shape.field
            names.unshift(shape.field)
            shape = shape.before
          end
          names.unshift("#") unless form & NUMBERED == 0
          names
        end
      end
    end
  end
end
