# frozen_string_literal: true

# The methods of Ruby's that the pure recorder replaces, as text: what writes, what throws, and what
# ends the process without a word.
#
# Evaluated by OutputCapture and ProcessEnd, whose constants they see as `Capture` and `End`. The
# originals stay under private names. A file name in angle brackets keeps the new frames out of the
# backtraces of Rubies that hide their own, and out of the trace.
module CodeTracer
  module Pure
    module ReplacedMethods
      FILE = "<internal:codetracer>"

      IO_METHODS = <<~RUBY
        class ::IO
          alias_method :__codetracer_write, :write
          alias_method :__codetracer_syswrite, :syswrite
          alias_method :__codetracer_write_nonblock, :write_nonblock
          private :__codetracer_write, :__codetracer_syswrite, :__codetracer_write_nonblock

          def write(*objects)
            capture = Capture.running
            return __codetracer_write(*objects) if capture.nil?

            strings = objects.map { |object| String === object ? object : "\#{object}" }
            written = __codetracer_write(*strings)
            capture.record(self, strings) unless strings.empty?
            capture.files.written(self, written) unless capture.kind_of(self)
            written
          end

          def syswrite(object)
            capture = Capture.running
            return __codetracer_syswrite(object) if capture.nil?

            text = String === object ? object : "\#{object}"
            written = __codetracer_syswrite(text)
            capture.record_part(self, text, written)
            capture.files.written(self, written) unless capture.kind_of(self)
            written
          end

          def write_nonblock(object, exception: true)
            capture = Capture.running
            written = __codetracer_write_nonblock(object, exception: exception)
            capture.record_part(self, object, written) if capture && String === object
            written
          end

          class << self
            alias_method :__codetracer_copy_stream, :copy_stream
            private :__codetracer_copy_stream

            def copy_stream(source, target, *bounds)
              capture = Capture.running
              copy = capture && capture.copy_of(source, target, bounds)
              copied = copy && copy.run_in_parts
              return copied if copied

              copied = __codetracer_copy_stream(source, target, *bounds)
              copy.record(copied) if copy
              copied
            end
          end
        end
      RUBY

      # What warns does not pass through IO#write on every Ruby.
      WARNING_METHODS = <<~RUBY
        module ::Warning
          alias_method :__codetracer_warn, :warn
          private :__codetracer_warn

          def warn(message, **options)
            capture = Capture.running
            count = capture.count if capture
            # On JRuby, where `**{}` is an argument, there is but one parameter.
            result = options.empty? ? __codetracer_warn(message)
                                    : __codetracer_warn(message, **options)
            capture.record_warning(message, options[:category], count) if capture
            result
          end
        end
      RUBY

      STRING_IO_METHODS = <<~RUBY
        class ::StringIO
          alias_method :__codetracer_write, :write
          alias_method :__codetracer_putc, :putc
          private :__codetracer_write, :__codetracer_putc

          def write(*objects)
            capture = Capture.running
            return __codetracer_write(*objects) unless capture && capture.kind_of(self)

            strings = objects.map { |object| String === object ? object : "\#{object}" }
            written = __codetracer_write(*strings)
            capture.record(self, strings) unless strings.empty?
            written
          end

          def putc(character)
            capture = Capture.running
            result = __codetracer_putc(character)
            return result unless capture && capture.kind_of(self)

            text = String === character ? character[0] : (character.to_i & 0xFF).chr
            capture.record(self, [text])
            result
          end
        end
      RUBY

      THROW_METHODS = <<~RUBY
        module ::Kernel
          alias_method :__codetracer_throw, :throw

          def throw(tag, value = nil)
            End.note_throw(tag)
            __codetracer_throw(tag, value)
          end
          private :throw, :__codetracer_throw

          class << self
            alias_method :__codetracer_throw, :throw
            private :__codetracer_throw

            def throw(tag, value = nil)
              End.note_throw(tag)
              __codetracer_throw(tag, value)
            end
          end
        end
      RUBY

      END_METHODS = <<~RUBY
        module ::Kernel
          alias_method :__codetracer_exit!, :exit!
          alias_method :__codetracer_exec, :exec

          def exit!(*arguments)
            End.leave
            __codetracer_exit!(*arguments)
          end

          def exec(*arguments, **options)
            End.replace_program(arguments)
            __codetracer_exec(*arguments, **options)
          end
          private :exit!, :exec, :__codetracer_exit!, :__codetracer_exec

          class << self
            alias_method :__codetracer_exit!, :exit!
            alias_method :__codetracer_exec, :exec
            private :__codetracer_exit!, :__codetracer_exec

            def exit!(*arguments)
              End.leave
              __codetracer_exit!(*arguments)
            end

            def exec(*arguments, **options)
              End.replace_program(arguments)
              __codetracer_exec(*arguments, **options)
            end
          end
        end

        class << ::Process
          alias_method :__codetracer_exit!, :exit!
          alias_method :__codetracer_exec, :exec
          alias_method :__codetracer_kill, :kill
          private :__codetracer_exit!, :__codetracer_exec, :__codetracer_kill

          def kill(signal, *processes)
            End.save
            __codetracer_kill(signal, *processes)
          end

          def exit!(*arguments)
            End.leave
            __codetracer_exit!(*arguments)
          end

          def exec(*arguments, **options)
            End.replace_program(arguments)
            __codetracer_exec(*arguments, **options)
          end
        end
      RUBY
    end
  end
end
