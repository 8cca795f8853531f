# frozen_string_literal: true

# The attributes of an object whose class was declared with CodeTracer.serialize.
#
# Used by ValueTree. Mirrors ext/codetracer_recorder/snapshot_serialized.c, which tells what a set
# of attributes looks like.
require_relative "core"
require_relative "table"
require_relative "text"
require_relative "value_fields"

module CodeTracer
  module Pure
    class Attributes
      # A list of them as fields, got one after the other: two may have one name.
      class Fields < ValueFields
        # `list` is what Attributes#of answers.
        def initialize(list)
          @names = list.map(&:first)
          @values = list.select(&:first).map(&:last)
          @index = -1
        end

        def names(_object)
          @names
        end

        # What has no name is counted, and not shown.
        def among(names)
          names.compact
        end

        def get(_object, _name)
          @values[@index += 1]
        end
      end

      NAME_SIZE_MAX = 512
      VARIABLES = ValueFields::VARIABLES
      HASH_PAIRS = Core.take(Hash, :to_a)
      STRING_SYMBOL = Core.take(String, :to_sym)
      HOLDERS = %i[@value @value_before_type_cast].freeze

      # `kinds` are ValueKinds.
      def initialize(kinds)
        @kinds = kinds
      end

      # [name as a Symbol, value] of each in the variable `name`, or nil where it holds none. The
      # name of a key that is no text is nil.
      def of(object, name)
        set = variable(object, name)
        return pairs(set).map { |key, value| [symbol(key), value] } if hash?(set)
        return unless @kinds.plain?(set)

        wrapped = variable(set, :@attributes)
        return unless hash?(wrapped)

        told, cast = variable(set, :@values), variable(set, :@casted_values)
        of_set(pairs(wrapped), pairs(told), pairs(cast))
      end

      private

      def of_set(wrapped, values, cast)
        by_name, cast_by_name = named(wrapped), named(cast)
        told = values.map do |key, value|
          symbol = symbol(key)
          value = cast_by_name[symbol] if cast_by_name.key?(symbol)
          value = unwrap(by_name[symbol]) if by_name.key?(symbol)
          [symbol, value]
        end
        names = named(values)
        rest = wrapped.reject { |key, _| names.key?(symbol(key)) }
        told + rest.map { |key, holder| [symbol(key), unwrap(holder)] }
      end

      # The first of a name counts.
      def named(pairs)
        pairs.reverse.map { |key, value| [symbol(key), value] }.to_h.tap { |one| one.delete(nil) }
      end

      def symbol(key)
        text = key if string?(key)
        text = Core::SYMBOL_TEXT.bind_call(key) if Core::INSTANCE_OF.bind_call(Symbol, key)
        STRING_SYMBOL.bind_call(Text.escape_part(text, NAME_SIZE_MAX)) if text
      end

      # What an object of a set holds; any other object is the value itself.
      def unwrap(holder)
        return holder unless @kinds.plain?(holder)

        name = (HOLDERS & VARIABLES.names(holder)).first
        name ? VARIABLES.get(holder, name) : holder
      end

      def variable(object, name)
        VARIABLES.get(object, name) if VARIABLES.names(object).include?(name)
      end

      def pairs(hash)
        hash?(hash) ? HASH_PAIRS.bind_call(hash) : []
      end

      def hash?(object)
        Core::INSTANCE_OF.bind_call(Hash, object)
      end

      def string?(object)
        Core::INSTANCE_OF.bind_call(String, object)
      end
    end
  end
end
