# frozen_string_literal: true

# What starts other programs and waits for them, as text that replaces it.
#
# Evaluated by OutputCapture, as ReplacedMethods is; `exec` is among its END_METHODS. Options have
# keys of all kinds, which Ruby 2.7 takes for keywords or not: they are passed on as they came.
module CodeTracer
  module Pure
    module ReplacedStarters
      STARTERS = <<~RUBY
        alias_method :__codetracer_spawn, :spawn
        alias_method :__codetracer_fork, :fork
        private :__codetracer_spawn, :__codetracer_fork

        ruby2_keywords def spawn(*arguments)
          pid = __codetracer_spawn(*arguments)
          capture = Capture.running
          capture.processes.child("spawn", pid, arguments) if capture
          pid
        end

        def fork(&block)
          pid = __codetracer_fork(&block)
          capture = Capture.running
          capture.processes.child("fork", pid, []) if capture && pid
          pid
        end
      RUBY

      WAITING = <<~RUBY
        alias_method :__codetracer_system, :system
        alias_method :__codetracer_backtick, :`
        private :__codetracer_system, :__codetracer_backtick

        ruby2_keywords def system(*arguments)
          capture = Capture.running
          capture.processes.start("system", arguments) if capture
          result = __codetracer_system(*arguments)
          capture.processes.ended($?) if capture
          result
        end

        def `(command)
          capture = Capture.running
          capture.processes.start("`", [command]) if capture
          result = __codetracer_backtick(command)
          capture.processes.ended($?) if capture
          result
        end
      RUBY

      def self.wait(name)
        <<~RUBY
          alias_method :__codetracer_#{name}, :#{name}
          private :__codetracer_#{name}

          def #{name}(*arguments)
            result = __codetracer_#{name}(*arguments)
            capture = Capture.running
            capture.processes.ended($?) if capture && result
            result
          end
        RUBY
      end

      METHODS = <<~RUBY
        module ::Kernel
          #{STARTERS}
          #{WAITING}
          private :spawn, :fork, :system, :`

          class << self
            #{STARTERS}
            #{WAITING}
          end
        end

        class << ::Process
          #{STARTERS}
          #{%w[wait wait2 waitpid waitpid2].map { |name| wait(name) }.join}
          alias_method :__codetracer_waitall, :waitall
          private :__codetracer_waitall

          def waitall
            result = __codetracer_waitall
            capture = Capture.running
            result.each { |_, status| capture.processes.ended(status) } if capture
            result
          end
        end

        if ::Process::Status.respond_to?(:wait)
          class << ::Process::Status
            alias_method :__codetracer_wait, :wait
            private :__codetracer_wait

            def wait(*arguments)
              status = __codetracer_wait(*arguments)
              capture = Capture.running
              capture.processes.ended(status) if capture
              status
            end
          end
        end

        class ::Process::Waiter
          def value
            status = super
            capture = Capture.running
            capture.processes.ended(status) if capture
            status
          end

          def join(*arguments)
            result = super
            capture = Capture.running
            capture.processes.ended(VALUE_OF_THREAD.bind_call(self)) if capture && result
            result
          end
        end

        class ::IO
          alias_method :__codetracer_close, :close
          private :__codetracer_close

          def close
            capture = Capture.running
            waits = capture && capture.processes.child_of?(self)
            path = capture && capture.files.path(self)
            result = __codetracer_close
            capture.files.closed(path) if path
            capture.processes.ended($?) if waits
            result
          end

          class << self
            alias_method :__codetracer_popen, :popen
            private :__codetracer_popen

            ruby2_keywords def popen(*arguments, &block)
              capture = Capture.running
              return __codetracer_popen(*arguments, &block) unless capture

              before = $?
              capture.processes.start_popen(arguments)
              begin
                __codetracer_popen(*arguments, &block)
              ensure
                capture.processes.ended($?) unless before.equal?($?)
              end
            end
          end
        end
      RUBY
    end
  end
end
