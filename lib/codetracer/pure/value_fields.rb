# frozen_string_literal: true

# The named parts of objects: instance variables, members of Struct and Data, ends of ranges,
# halves of numbers. Each kind answers names(object) and get(object, name).
#
# Used by ValueTree.
require_relative "core"

module CodeTracer
  module Pure
    class ValueFields
      # What JRuby, run with --debug, notes in strings itself.
      NOTED = (%i[@debug_created_info].freeze if RUBY_ENGINE == "jruby")

      def initialize(names, get)
        @names = names
        @get = get
      end

      # Whether the limit of items counts for them.
      def limited?
        true
      end

      # Whether that field is no part that can be got, but the object's own value or message.
      def own?(_name)
        false
      end

      # Those of the names that are shown.
      def among(names)
        names
      end

      # Symbols, in order.
      def names(object)
        names = @names.bind_call(object)
        NOTED ? names - NOTED : names
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

        def own?(_name)
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
      # An object's own value, then its instance variables.
      class Wrapped < ValueFields
        def names(object, except)
          [:itself, *(super(object) - [except])]
        end

        def own?(name)
          name == :itself
        end
      end

      # At the limit of depth: its own value alone.
      class WrappedText < Wrapped
        def among(_names)
          [:itself]
        end
      end

      # The message, the cause if there is one, then its instance variables.
      class Exceptions < ValueFields
        CAUSE = Core.take(Exception, :cause)

        def names(exception)
          [:message, *(:cause unless nil.equal?(CAUSE.bind_call(exception))), *super]
        end

        def get(exception, name)
          name == :cause ? CAUSE.bind_call(exception) : super
        end

        def own?(name)
          name == :message
        end
      end

      # The members, then instance variables.
      class Members < ValueFields
        MEMBERS = Core.take(Struct, :members)
        MEMBER = Core.take(Struct, :[])

        def names(struct)
          MEMBERS.bind_call(struct) + super
        end

        def get(struct, name)
          name.start_with?("@") ? super : MEMBER.bind_call(struct, name)
        end
      end
      private_constant :Wrapped, :WrappedText, :Exceptions, :Members

      GETTERS = [Core.take(Kernel, :instance_variables),
                 Core.take(Kernel, :instance_variable_get)].freeze
      WRAPPED = Wrapped.new(*GETTERS)
      WRAPPED_TEXT = WrappedText.new(*GETTERS)
      EXCEPTION = Exceptions.new(*GETTERS)
      STRUCT = Members.new(*GETTERS)
      # Of the Hash that a Data gives away: it has no method that gets one member.
      DATA = new(Core.take(Hash, :keys), Core.take(Hash, :[]))
      DATA_PARTS = (Core.take(Data, :to_h) if RUBY_VERSION >= "3.2")
      RANGE = Fixed.new(Range, begin: :begin, end: :end, exclude_end: :exclude_end?)
      RATIONAL = Fixed.new(Rational, numerator: :numerator, denominator: :denominator)
      COMPLEX = Fixed.new(Complex, real: :real, imaginary: :imaginary)
    end
  end
end
