using Paa.Imaging;

namespace Paa.Data.Formats;

/// <summary>Sizes of image files, read from their headers.</summary>
static class ImageSizes
{
    /// <summary>Width and height after the EXIF rotation.</summary>
    /// <exception cref="DataException">The file is missing or is not an image.</exception>
    public static (int Width, int Height) Read(string path)
    {
        try
        {
            var header = ImageHeader.Read(File.ReadAllBytes(path), path);
            return (header.Width, header.Height);
        }
        catch (ImageException e)
        {
            throw new DataException(path, $"{e.Reason}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new DataException(path, e is FileNotFoundException or DirectoryNotFoundException
                ? "no such image." : $"cannot be read: {e.Message}", e);
        }
    }
}
