# frozen_string_literal: true

# A document that names a file which is not there is worse than none: every path and every make
# target that a page names in backticks exists.
#
# Takes a Source and all paths; returns findings ("line: what"). NAME in a path stands for any.
require_relative "source"

module Tidy
  module DocumentRules
    NAMED = /`([\w.{},*…\/-]+)`/.freeze
    FILE = %r{[^/]\.(?:c|h|rb|sh|py|md)\z|/\z|\A(?:Makefile|\.ci/run)\z}.freeze
    # Somebody else's, or made by a task.
    ELSEWHERE = %w[ruby.h bench/RESULTS.md bench/RESULTS-3.4.md].freeze
    TARGET = /`make ([a-z-]+)/.freeze

    module_function

    def missing_paths(source, paths)
      findings(source, NAMED) do |name|
        next if name !~ FILE || name.include?("NAME") || ELSEWHERE.include?(name) || name[0] == "/"

        path = name.sub("…", "codetracer_recorder")
        "names #{name}, which is not there" unless there?(path, paths)
      end
    end

    def missing_targets(source, makefile)
      findings(source, TARGET) do |target|
        "names make #{target}, which is not there" unless makefile =~ /^#{target}:/
      end
    end

    # A page says as much of a path as its readers need: `capture.c` is enough.
    def there?(name, paths)
      return paths.any? { |path| "/#{path}".include?("/#{name}") } if name.end_with?("/")

      patterns = [name, "**/#{name}"]
      paths.any? { |path| patterns.any? { |it| File.fnmatch(it, path, File::FNM_EXTGLOB) } }
    end

    def findings(source, pattern)
      source.lines.each_with_index.flat_map do |line, index|
        line.scan(pattern).flatten.map { |name| yield name }.compact
            .map { |finding| "#{index + 1}: #{finding}" }
      end
    end
  end
end
