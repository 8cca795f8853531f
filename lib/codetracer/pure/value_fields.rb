# frozen_string_literal: true

# The named parts of objects: instance variables, members of Struct and Data, ends of ranges,
# halves of numbers. Each kind answers names(object) and get(object, name).
#
# Used by ValueTree.
require_relative "core"

module CodeTracer
  module Pure
    class ValueFields
      def initialize(names, get)
        @names = names
        @get = get
      end

      # Whether the limit of items counts for them.
      def limited?
        true
      end

      # Symbols, in order.
      def names(object)
        @names.bind_call(object)
      end

      # hot
      def get(object, name)
        @get.bind_call(object, name)
      end

      # Always the same fields, each with a method that answers it.
      class Fixed
        def initialize(owner, methods)
          @names = methods.keys.freeze
          @readers = methods.map { |name, method| [name, Core.take(owner, method)] }.to_h.freeze
        end

        def limited?
          false
        end

        def names(_object)
          @names
        end

        def get(object, name)
          @readers[name].bind_call(object)
        end
      end
      private_constant :Fixed

      VARIABLES = new(Core.take(Kernel, :instance_variables),
                      Core.take(Kernel, :instance_variable_get))
      STRUCT = new(Core.take(Struct, :members), Core.take(Struct, :[]))
      # Of the Hash that a Data gives away: it has no method that gets one member.
      DATA = new(Core.take(Hash, :keys), Core.take(Hash, :[]))
      DATA_PARTS = (Core.take(Data, :to_h) if RUBY_VERSION >= "3.2")
      RANGE = Fixed.new(Range, begin: :begin, end: :end, exclude_end: :exclude_end?)
      RATIONAL = Fixed.new(Rational, numerator: :numerator, denominator: :denominator)
      COMPLEX = Fixed.new(Complex, real: :real, imaginary: :imaginary)
    end
  end
end
