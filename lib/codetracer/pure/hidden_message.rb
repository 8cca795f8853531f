# frozen_string_literal: true

# The message that an exception was made with, whatever it is, without calling the exception.
#
# Used by ExceptionText. Ruby keeps it out of reach and shows it only through to_s, which calls the
# program when it is no String. But Exception#== compares two of them: when ours is the left one,
# and has a Witness for a message, that is asked whether it equals the hidden one.
require_relative "core"

module CodeTracer
  module Pure
    module HiddenMessage
      # Remembers what it is compared with.
      class Witness < BasicObject
        attr_reader :seen

        def ==(other)
          @seen = other
          false
        end
      end

      ALLOCATE = Core.take(Class, :allocate)
      INITIALIZE = Core.take(Exception, :initialize)
      COMPARE = Core.take(Exception, :==)
      METHOD = Core.take(Kernel, :method)
      OWNER = Core.take(Method, :owner)
      SOURCE = Core.take(Method, :source_location)
      OUT_OF_REACH = "not captured: its class has a respond_to? of its own"

      # nil when there is none.
      def self.of(exception)
        klass = Core::CLASS_OF.bind_call(exception)
        return OUT_OF_REACH unless allocates_quietly?(klass)

        witness = Witness.new
        probe = ALLOCATE.bind_call(klass) # exceptions of different classes are not compared
        INITIALIZE.bind_call(probe, witness)
        COMPARE.bind_call(probe, exception)
        witness.seen
      end

      # Class#allocate asks the class whether it responds to that, by a method of the program if
      # there is one.
      def self.allocates_quietly?(klass)
        method = METHOD.bind_call(klass, :respond_to?)
        Kernel.equal?(OWNER.bind_call(method)) && SOURCE.bind_call(method).nil?
      end

      # JRuby compares what the methods `message` answer, but lets its own objects be looked into.
      if RUBY_ENGINE == "jruby"
        require_relative "jruby_messages"

        def self.of(exception)
          JrubyMessages.of(exception)
        end
      end
    end
  end
end
