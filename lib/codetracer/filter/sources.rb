# frozen_string_literal: true

# Which filters a recording has, in their order: the project's own, the environment's, those of the
# command line, the short forms.
#
# Used by BootOptions and Explain. What is needed to read a file is loaded only when there is one.
require_relative "fault"
require_relative "rules"

module CodeTracer
  module Filter
    AUTOMATIC = File.join(".codetracer", "trace-filter.toml").freeze
    SEPARATOR = "::"

    module_function

    # SHA-256 in hexadecimal digits.
    def digest(bytes)
      require "digest"
      Digest::SHA256.hexdigest(bytes)
    end

    # The Rules. `wanted` is a FilterOptions, `script` the path of the program or nil. Raises Fault.
    def rules(wanted, script:, workdir:)
      found = wanted.auto_filter? ? find_automatic(script ? File.dirname(script) : workdir) : nil
      named = wanted.environment.to_s.split(SEPARATOR) + wanted.filter_paths
      paths = named.reject(&:empty?).map { |path| File.expand_path(path, workdir) }
      sources = [*found, *paths].map { |path| read(path) }
      Rules.new([*sources, short_forms(wanted.short_forms, workdir)].compact)
    end

    # The nearest, walking up.
    def find_automatic(folder)
      loop do
        path = File.join(folder, AUTOMATIC)
        return path if File.file?(path)

        above = File.dirname(folder)
        return if above == folder

        folder = above
      end
    end

    def read(path)
      require_relative "filter_file"
      FilterFile.new(File.realpath(path), File.binread(path))
    rescue SystemCallError => e
      raise Fault, "cannot read the filter #{path}: #{e.message[/\A[^@]+/].strip}"
    end

    def short_forms(chosen, workdir)
      return if chosen.empty?

      require_relative "short_forms"
      ShortForms.source(chosen, workdir)
    end
  end
end
