# frozen_string_literal: true

# What works on files and folders, as text that replaces it where files are recorded.
#
# Evaluated by OutputCapture, as ReplacedMethods is. What is done to an open File is told by the
# methods of ReplacedMethods, ReplacedReaders and ReplacedStarters.
module CodeTracer
  module Pure
    module ReplacedFiles
      # A class method whose first argument is a path; `told` is said when it has returned.
      def self.after(name, told)
        <<~RUBY
          alias_method :__codetracer_#{name}, :#{name}
          private :__codetracer_#{name}

          def #{name}(*arguments, **options, &block)
            result = __codetracer_#{name}(*arguments, **options, &block)
            capture = Capture.running
            capture.files.#{told} if capture && !arguments.empty?
            result
          end
        RUBY
      end

      # The same, said before: a block comes in between.
      def self.before(name, told)
        <<~RUBY
          alias_method :__codetracer_#{name}, :#{name}
          private :__codetracer_#{name}

          def #{name}(*arguments, **options, &block)
            return to_enum(:#{name}, *arguments, **options) unless block

            capture = Capture.running
            capture.files.#{told} if capture
            __codetracer_#{name}(*arguments, **options, &block)
          end
        RUBY
      end

      READ = "whole_read(arguments[0], result)"
      WRITTEN = "whole_written(arguments[0], result)"
      private_constant :READ, :WRITTEN

      METHODS = <<~RUBY
        class << ::IO
          #{%w[read binread readlines].map { |name| after(name, READ) }.join}
          #{%w[write binwrite].map { |name| after(name, WRITTEN) }.join}
          #{before('foreach', 'whole_read(arguments[0])')}
        end

        class ::File
          alias_method :__codetracer_initialize, :initialize
          private :__codetracer_initialize

          def initialize(*arguments, **options)
            __codetracer_initialize(*arguments, **options)
            capture = Capture.running
            capture.files.opened(self) if capture
          end
          private :initialize

          class << self
            #{%w[delete unlink].map { |name| after(name, 'deleted(arguments)') }.join}
            #{after('rename', 'renamed(*arguments)')}
          end
        end

        class << ::Dir
          #{%w[children entries].map { |name| after(name, 'listed(arguments[0])') }.join}
          #{%w[each_child foreach].map { |name| before(name, 'listed(arguments[0])') }.join}
          #{after('mkdir', 'made("mkdir", arguments[0])')}
          #{after('rmdir', 'made("rmdir", arguments[0])')}
          #{after('glob', 'listed(arguments[0])')}
          alias_method :"__codetracer_[]", :[]
          private :"__codetracer_[]"

          def [](*arguments, **options)
            result = __send__(:"__codetracer_[]", *arguments, **options)
            capture = Capture.running
            capture.files.listed(arguments) if capture
            result
          end
        end
      RUBY
    end
  end
end
