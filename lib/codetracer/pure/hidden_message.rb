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
      TEXT = Core.take(Exception, :to_s)

      # nil when there is none. Exceptions of different classes are not compared.
      def self.of(exception)
        witness = Witness.new
        probe = ALLOCATE.bind_call(Core::CLASS_OF.bind_call(exception))
        INITIALIZE.bind_call(probe, witness)
        COMPARE.bind_call(probe, exception)
        witness.seen
      end

      # JRuby compares what the methods `message` answer: there to_s has to do.
      if RUBY_ENGINE == "jruby"
        def self.of(exception)
          TEXT.bind_call(exception)
        end
      end
    end
  end
end
