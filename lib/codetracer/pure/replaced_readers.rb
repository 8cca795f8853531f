# frozen_string_literal: true

# What reads from standard input, as text that replaces it: methods of IO, ARGF and StringIO.
#
# Evaluated by OutputCapture, as ReplacedMethods is. `gets` and `readline` are not among them: they
# set `$_` for their caller, which a method in Ruby cannot; Hooks watches their returns.
module CodeTracer
  module Pure
    module ReplacedReaders
      # A method that reads: what it returns was read.
      def self.reader(name, parameters = "")
        <<~RUBY
          alias_method :__codetracer_#{name}, :#{name}
          private :__codetracer_#{name}

          def #{name}(#{parameters})
            read = __codetracer_#{name}(#{parameters})
            capture = Capture.running
            capture.input.take(self, read) if capture && read
            read
          end
        RUBY
      end

      # A method that yields what it reads, part by part.
      def self.iterator(name, parameters = "")
        passed = parameters.empty? ? "" : ", #{parameters}"
        <<~RUBY
          alias_method :__codetracer_#{name}, :#{name}
          private :__codetracer_#{name}

          def #{name}(#{parameters}#{', ' unless parameters.empty?}&block)
            return to_enum(:#{name}#{passed}) unless block
            capture = Capture.running
            return __codetracer_#{name}(#{parameters}#{', ' unless parameters.empty?}&block) unless
              capture && capture.input.watched?(self)

            __codetracer_#{name}(#{parameters}) do |part|
              capture.input.take(self, part)
              yield part
            end
          end
        RUBY
      end

      ANY = "*arguments, **keywords"
      BARE = %w[getc readchar getbyte readbyte].freeze
      private_constant :ANY, :BARE

      IO_METHODS = <<~RUBY
        class ::IO
          #{%w[readlines read readpartial sysread].map { |name| reader(name, ANY) }.join}
          #{BARE.map { |name| reader(name) }.join}
          #{%w[each_line each].map { |name| iterator(name, ANY) }.join}
          #{%w[each_byte each_char].map { |name| iterator(name) }.join}
          #{reader('read_nonblock', ANY)}
        end
      RUBY

      ARGF_METHODS = <<~RUBY
        ARGF.class.class_eval do
          #{%w[readlines to_a read readpartial read_nonblock].map { |name| reader(name, ANY) }.join}
          #{BARE.map { |name| reader(name) }.join}
        end
      RUBY

      STRING_IO_METHODS = <<~RUBY
        class ::StringIO
          #{%w[readlines read].map { |name| reader(name, ANY) }.join}
          #{%w[getc getbyte].map { |name| reader(name) }.join}
          #{%w[each_line each].map { |name| iterator(name, ANY) }.join}
          #{%w[each_byte each_char].map { |name| iterator(name) }.join}
        end
      RUBY
    end
  end
end
