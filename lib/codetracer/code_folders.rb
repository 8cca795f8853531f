# frozen_string_literal: true

# Where code lies that is not the program's: Ruby's standard library, gems, the recorder itself.
#
# Used by BootOptions and Filter::Explain. Real folders, each with a slash at its end.
require "rbconfig"
require_relative "native"

module CodeTracer
  module CodeFolders
    OWN_FOLDERS = %w[lib src].map { |name| File.join(Native::ROOT, name) }.freeze
    STANDARD_FOLDERS = %w[
      rubylibdir rubyarchdir sitedir sitelibdir sitearchdir vendordir vendorlibdir vendorarchdir
    ].freeze
    GEM_FOLDERS = %w[gems bundler/gems].freeze

    module_function

    # As Filter::Decider and the extension read it.
    def to_h
      standard = RbConfig::CONFIG.values_at(*STANDARD_FOLDERS).compact
      gems = gem_homes.flat_map { |home| GEM_FOLDERS.map { |name| File.join(home, name) } }
      { skip_prefixes: prefixes(OWN_FOLDERS + standard + gems), gem_prefixes: prefixes(gems),
        own_prefixes: prefixes(OWN_FOLDERS) }
    end

    def gem_homes
      defined?(Gem.path) ? Gem.path : []
    end

    def prefixes(folders)
      folders.map { |folder| real_path(folder) }.compact.uniq.map { |folder| "#{folder}/" }
    end

    def real_path(path)
      File.realpath(path)
    rescue SystemCallError
      nil
    end
    private_class_method :gem_homes, :prefixes, :real_path
  end
end
