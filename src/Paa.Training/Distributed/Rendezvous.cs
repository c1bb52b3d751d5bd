using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>Connects the processes of a job through a store at an address that all of them know.</summary>
/// <param name="placement">The place of this process, and the address of the store.</param>
/// <param name="timeout">Longest wait for another process.</param>
sealed class Rendezvous(Placement placement, TimeSpan timeout)
{
    /// <summary>Opens this process's connection to the store, or the store itself.</summary>
    /// <param name="isServer">Whether this process keeps the store.</param>
    /// <exception cref="DistributedException">The port is taken, or the store does not answer within the timeout.</exception>
    public Store OpenStore(bool isServer)
    {
        try
        {
            using var whole = Store.Tcp(placement.MasterAddress, placement.MasterPort, isServer, timeout);
            return FailureBoard.PartOf(whole, placement.Attempt);
        }
        catch (TorchException error)
        {
            var (address, port) = (placement.MasterAddress, placement.MasterPort);
            throw new DistributedException(isServer
                ? $"Rank 0 on {World.Host} cannot keep the store at {address}:{port}: "
                    + $"is MASTER_ADDR this machine, and the port free? {error.Message}"
                : string.Create(CultureInfo.InvariantCulture,
                    $"Rank {placement.Rank} on {World.Host} did not reach the store at {address}:{port} "
                    + $"within {timeout.TotalSeconds:0.#} s: does rank 0 run there, and is the port open?"), error);
        }
    }

    /// <summary>Waits until every process has a heartbeat.</summary>
    /// <param name="store">The job's part of the store. Borrowed.</param>
    /// <param name="clock">Measures the time since this process began to wait for others.</param>
    /// <exception cref="DistributedException">Some processes did not come within the timeout; the message names them.</exception>
    /// <exception cref="PeerFailureException">Another process failed in the meantime.</exception>
    public void AwaitAll(Store store, Stopwatch clock)
    {
        const int Shown = 20;
        var missing = Enumerable.Range(0, placement.Size).ToList();
        var board = new FailureBoard(store);
        while (true)
        {
            missing.RemoveAll(rank => Heartbeat.Last(store, rank) is not null);
            if (missing.Count == 0) return;
            if (board.Read() is { } failure) throw new PeerFailureException(failure);
            if (clock.Elapsed > timeout)
                throw new DistributedException(string.Create(CultureInfo.InvariantCulture,
                    $"{missing.Count} of {placement.Size} processes did not come within {timeout.TotalSeconds:0.#} s: "
                    + $"rank{(missing.Count > 1 ? "s" : "")} {string.Join(", ", missing.Take(Shown))}"
                    + $"{(missing.Count > Shown ? ", ..." : "")}."));
            Thread.Sleep(20);
        }
    }

    /// <summary>Creates a group of all processes; returns when all have joined it. The caller owns it.</summary>
    /// <param name="store">The job's part of the store. Borrowed.</param>
    /// <param name="name">Distinguishes the groups of a job.</param>
    /// <param name="backend">The backend that carries its messages.</param>
    /// <exception cref="DistributedException">The processes cannot reach each other.</exception>
    public ProcessGroup CreateGroup(Store store, string name, Backend backend)
    {
        var address = LocalAddress.Find(placement);
        try
        {
            using var part = store.Below(name);
            return new ProcessGroup(part, backend, placement.Rank, placement.Size, timeout, address);
        }
        catch (TorchException error) when (CommunicationError.Is(error))
        {
            throw new DistributedException(
                $"The processes reach the store at {placement.MasterAddress}:{placement.MasterPort}, but not each other; "
                + $"rank {placement.Rank} on {World.Host} listens at {address}. Open the ports between the machines, "
                + $"or set {LocalAddress.InterfaceVariable} to the interface that connects them. {error.Message}", error);
        }
    }
}

/// <summary>Finds the address at which the other machines of a job reach this one.</summary>
/// <remarks>The host name is not resolved: on many systems it gives 127.0.1.1.</remarks>
static class LocalAddress
{
    /// <summary>PyTorch's variable that names the network interface.</summary>
    public const string InterfaceVariable = "GLOO_SOCKET_IFNAME";

    /// <summary>The address of the interface that the user names, or else of the one that leads to the master.</summary>
    /// <exception cref="DistributedException">There is no such address.</exception>
    public static string Find(Placement placement)
    {
        if (Environment.GetEnvironmentVariable(InterfaceVariable) is { Length: > 0 } name)
            return AddressOf(card => card.Name == name)
                ?? throw new DistributedException(
                    $"{InterfaceVariable} is {name}: this machine has no such interface with an address.");
        if (!placement.HasOtherMachines) return IPAddress.Loopback.ToString();
        return TowardsMaster(placement.MasterAddress, placement.MasterPort)
            ?? AddressOf(card => card.OperationalStatus == OperationalStatus.Up
                && card.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            ?? throw new DistributedException(
                $"This machine has no address that others reach: set {InterfaceVariable} to its network interface.");
    }

    /// <summary>Asks the routing table; nothing is sent.</summary>
    static string? TowardsMaster(string host, int port)
    {
        try
        {
            using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(host, port);
            var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
            if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
            return IPAddress.IsLoopback(address) ? null : address.ToString();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    static string? AddressOf(Func<NetworkInterface, bool> filter) => NetworkInterface.GetAllNetworkInterfaces().Where(filter)
        .SelectMany(card => card.GetIPProperties().UnicastAddresses)
        .Select(entry => entry.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork)?.ToString();
}
