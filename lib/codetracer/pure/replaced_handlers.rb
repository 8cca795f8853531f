# frozen_string_literal: true

# What is given blocks that Ruby calls from outside, as text that replaces it.
#
# Evaluated by OutputCapture, as ReplacedMethods is.
module CodeTracer
  module Pure
    module ReplacedHandlers
      AT_EXIT = <<~RUBY
        alias_method :__codetracer_at_exit, :at_exit
        private :__codetracer_at_exit

        def at_exit(&block)
          result = __codetracer_at_exit(&block)
          capture = Capture.running
          capture.handlers.note(result, "at_exit") if capture
          result
        end
      RUBY

      TRAP = <<~RUBY
        alias_method :__codetracer_trap, :trap
        private :__codetracer_trap

        def trap(*arguments, &block)
          result = __codetracer_trap(*arguments, &block)
          capture = Capture.running
          capture.handlers.note_trap(arguments[0], arguments.fetch(1, block)) if capture
          result
        end
      RUBY

      FINALIZER = <<~RUBY
        alias_method :__codetracer_define_finalizer, :define_finalizer
        private :__codetracer_define_finalizer

        def define_finalizer(*arguments, &block)
          result = __codetracer_define_finalizer(*arguments, &block)
          capture = Capture.running
          capture.handlers.note(arguments.fetch(1, block), "finalizer") if capture
          result
        end
      RUBY

      METHODS = <<~RUBY
        module ::Kernel
          #{AT_EXIT}
          #{TRAP}
          private :at_exit, :trap

          class << self
            #{AT_EXIT}
            #{TRAP}
          end
        end

        class << ::Signal
          #{TRAP}
        end

        class << ::ObjectSpace
          #{FINALIZER}
        end
      RUBY
    end
  end
end
