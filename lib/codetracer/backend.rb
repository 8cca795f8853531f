# frozen_string_literal: true

# Which recorder does the work: the native one, or the one in Ruby alone.
#
# Used by Launcher. The native one is taken wherever it loads; that it is not is said in one line.
require_relative "native"

module CodeTracer
  # `name` is "native" or "pure", `library` the file to require, `writer` the writer's executable or
  # nil: the pure recorder needs none.
  Backend = Struct.new(:name, :library, :writer) do
    # `name` nil: native where it can be had. Raises NotBuilt, LoadError.
    def self.find(name)
      return pure if name == "pure"

      native
    rescue NotBuilt, LoadError => e
      raise if name

      $stderr.write("codetracer: recording in Ruby alone, slower and as JSON, because " \
                    "#{e.message.lines.first.chomp}\n")
      pure
    end

    def self.pure
      new("pure", File.join(__dir__, "pure.rb"), nil)
    end

    def self.native
      Native.load
      new("native", Native.extension_path, Native.writer_path)
    end
  end
end
