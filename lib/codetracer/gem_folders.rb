# frozen_string_literal: true

# Where installed gems lie, as the process that it is asked in sees it.
#
# Used by boot.rb and RecordingSession, to complete what BootOptions says, and by Filter::Explain.
# RubyGems is asked in the program's own process: the launcher runs without it.
require_relative "json_text"
require_relative "real_folders"

module CodeTracer
  module GemFolders
    FOLDERS = %w[gems bundler/gems].freeze
    # Where the gems' folders belong in the list of skipped folders. No path has this in it.
    UNKNOWN = "\0"
    UNKNOWN_TEXT = ",#{JsonText.string(UNKNOWN)}"

    module_function

    # Options of Native.start from BootOptions, in place.
    def complete(options)
      gems = prefixes
      options[:gem_prefixes] = gems
      options[:skip_prefixes] |= gems
      texts = gems.map { |prefix| ",#{JsonText.string(prefix)}" }
      options[:facts] = options[:facts].sub(UNKNOWN_TEXT) { texts.join }
      options
    end

    # Real folders, each with a slash at its end.
    def prefixes
      RealFolders.prefixes(homes.product(FOLDERS).map { |parts| File.join(*parts) })
    end

    # RubyGems keeps its first answer; a program may still change what it depends on.
    def homes
      return [] unless defined?(Gem.path)

      known = Gem.instance_variable_get(:@paths)
      Gem.path.tap { Gem.instance_variable_set(:@paths, known) }
    end
    private_class_method :homes
  end
end
